"""Whose a resource was at a moment."""

import time
from urllib.parse import quote, urlsplit

from provisioning.core import clock
from tests.support.associations import sms
from tests.support.client import Client
from tests.support.owned_resources import NUMBER, get, owners
from tests.support.senders import Settle


def moment() -> str:
    """Return the present moment, with two milliseconds before and behind it."""
    time.sleep(0.002)  # Not a wait for something: moments have milliseconds.
    now = clock.now()
    time.sleep(0.002)
    return now


def delete(client: Client, application_id: str, settle: Settle) -> str:
    """Delete an application with all that follows; returns the path of the operation."""
    answer = client.delete("applications", application_id)
    assert answer.status == 200, answer.text
    settle()
    return urlsplit(answer.headers["Operation-Location"]).path.removeprefix("/v1")


def undo(client: Client, operation: str, settle: Settle) -> None:
    answer = client.call("POST", f"{operation}/undo")
    assert answer.status == 202, answer.text
    settle()


def test_earlier_owners_are_told_and_answers_as_of_a_moment_are_those_of_then(
    owner: Client, settle: Settle
) -> None:
    moments = [moment()]
    owner.link(sms("shop"))
    moments.append(moment())
    owner.link(sms("shop", "customer"))
    owner.unlink(sms("shop"))
    moments.append(moment())
    owner.delete("entities", "customer")
    settle()
    moments.append(moment())
    expected = [[], [("shop", None)], [("shop", "customer")], [("default", None)]]
    assert [owners(get(owner, NUMBER, at=one)) for one in moments] == expected
    now = get(owner, NUMBER)
    assert owners(now) == expected[-1]
    earlier = now["channels"][0]["earlierOwners"]
    assert [(one["applicationId"], one.get("entityId")) for one in earlier] == [
        ("shop", "customer"),
        ("shop", None),
    ]
    assert all(one["since"] <= one["until"] and one["endedBy"] for one in earlier)


def test_answers_as_of_a_moment_are_right_after_a_merge_and_its_undo(
    owner: Client, settle: Settle
) -> None:
    owner.link(sms("default"))
    owner.link(sms("shop"))
    moments = [moment()]
    operation = delete(owner, "shop", settle)
    moments.append(moment())
    undo(owner, operation, settle)
    moments.append(moment())
    both, merged = [("shop", None), ("default", None)], [("default", None)]
    expected = [both, merged, both]
    assert [owners(get(owner, NUMBER, at=one)) for one in moments] == expected
    now = get(owner, NUMBER)
    assert owners(now) == both
    (earlier,) = now["channels"][0]["earlierOwners"]
    assert earlier["applicationId"] == "shop"
    assert earlier["since"] < earlier["until"]


def test_answers_as_of_a_moment_are_right_while_merges_are_undone_one_by_one(
    owner: Client, settle: Settle
) -> None:
    owner.create("applications", "blog")
    owner.link(sms("shop"))
    owner.link(sms("shop", "customer"))
    owner.link(sms("blog"))
    moments = [moment()]
    operations = []
    for application_id in ("shop", "blog"):
        operations.append(delete(owner, application_id, settle))
        moments.append(moment())
    for operation in operations:
        undo(owner, operation, settle)
        moments.append(moment())
    blog, of_shop, reset = (
        [("blog", None)],
        [("shop", None), ("shop", "customer")],
        ("default", None),
    )
    expected = [blog + of_shop, [*blog, reset], [reset], [*of_shop, reset], blog + of_shop]
    assert [owners(get(owner, NUMBER, at=one)) for one in moments] == expected
    now = get(owner, NUMBER)
    assert owners(now) == expected[-1]
    earlier = now["channels"][0]["earlierOwners"]
    assert sorted(one["applicationId"] for one in earlier) == ["blog", "default", "shop", "shop"]
    assert all(one["since"] < one["until"] for one in earlier)


def test_the_spelling_of_a_number_as_of_a_moment_is_the_one_that_had_an_owner_then(
    owner: Client, settle: Settle
) -> None:
    owner.link(sms("shop", None, "+44 7700 900123"))
    then = moment()
    owner.unlink(sms("shop", None, "+44 7700 900123"))
    owner.link(sms("shop", "customer", NUMBER))
    settle()
    asked = quote("0044 7700 900123")
    found = get(owner, asked, at=then)
    assert (found["resourceId"], owners(found)) == ("+44 7700 900123", [("shop", None)])
    now = get(owner, asked)
    assert (now["resourceId"], owners(now)) == (NUMBER, [("shop", "customer")])


def test_an_answer_as_of_a_moment_does_not_wait_for_the_audit_of_what_ended_since(
    owner: Client, settle: Settle
) -> None:
    owner.link(sms("shop"))
    settle()
    then = moment()
    owner.unlink(sms("shop"))  # The audit does not say so yet.
    assert owners(get(owner, NUMBER, at=then)) == [("shop", None)]
    assert owners(get(owner, NUMBER)) == []
