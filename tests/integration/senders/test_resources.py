"""Whose a resource is: now, earlier, and right after the write."""

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import pytest

from provisioning.accounts.restrictions import Pair
from provisioning.core import clock
from tests.support.associations import shown, sms
from tests.support.client import ROOT, Client
from tests.support.senders import Settle, inbound, of_the_rule, read_units, restricted
from tests.support.transport import through_to_engine

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

NUMBER = "447700900123"


@pytest.fixture
def owner(client: Client) -> Client:
    """A client whose account has an application and an entity."""
    client.create("applications", "shop")
    client.create("entities", "customer")
    return client


def get(client: Client, resource_id: str, kind: str = "NUMBER", **query: str) -> Any:
    path = f"{ROOT}/resources/{kind}/{resource_id}"
    answer = client.call("GET", path, query=query)
    assert answer.status == 200, answer.text
    return answer.json


def owners(document: Any, channel: str = "SMS") -> list[tuple[str, str | None]]:
    (found,) = [one for one in document["channels"] if one["channel"] == channel]
    return [(one["applicationId"], one.get("entityId")) for one in found["owners"]]


def moment() -> str:
    """Return the present moment, with two milliseconds before and behind it."""
    time.sleep(0.002)  # Not a wait for something: moments have milliseconds.
    now = clock.now()
    time.sleep(0.002)
    return now


def test_a_resource_has_its_owners_on_every_channel_with_since_and_by(
    owner: Client, settle: Settle
) -> None:
    owner.link(sms("shop", "customer"))
    owner.link({**sms("shop"), "channel": "WHATSAPP"})
    settle()
    found = get(owner, NUMBER)
    assert (found["resourceType"], found["resourceId"]) == ("NUMBER", NUMBER)
    assert [one["channel"] for one in found["channels"]] == ["SMS", "WHATSAPP"]
    assert owners(found) == [("shop", "customer")]
    assert owners(found, "WHATSAPP") == [("shop", None)]
    (entry,) = owner.call(
        "GET", f"{ROOT}/audit", query={"resourceId": NUMBER, "channel": "SMS"}
    ).json["results"]
    (present,) = found["channels"][0]["owners"]
    assert (present["since"], present["by"]) == (entry["at"], entry["actor"])
    assert found["channels"][0]["earlierOwners"] == []


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


def test_a_resource_that_is_not_linked_any_more_has_only_earlier_owners(
    owner: Client, settle: Settle
) -> None:
    owner.link(sms("shop"))
    owner.unlink(sms("shop"))
    settle()
    assert owners(get(owner, NUMBER)) == []
    assert len(get(owner, NUMBER)["channels"][0]["earlierOwners"]) == 1


@pytest.mark.parametrize(
    "path", ["NUMBER/447700900999", "FAX/447700900123"], ids=["not linked", "no such type"]
)
def test_an_unknown_resource_is_not_found(owner: Client, path: str) -> None:
    assert owner.call("GET", f"{ROOT}/resources/{path}").status == 404


@pytest.mark.parametrize(
    "stored",
    [
        "447700900123",
        "+447700900123",
        "+44 7700 900123",
        "0044 (7700) 900-123",
        "tel:+44(0)7700900123",
    ],
)
def test_a_number_is_found_in_any_usual_spelling(
    owner: Client, settle: Settle, stored: str
) -> None:
    owner.link(sms("shop", None, stored))
    for asked in ("447700900123", "+44 7700 900123", "00447700900123", "+44 (0)7700 900123"):
        assert inbound(owner, asked)["resourceId"] == stored
        found = get(owner, quote(asked))
        assert (found["resourceId"], owners(found)) == (stored, [("shop", None)])
    owner.unlink(sms("shop", None, stored))
    settle()
    found = get(owner, "447700900123")
    assert (found["resourceId"], owners(found)) == (stored, [])
    assert len(found["channels"][0]["earlierOwners"]) == 1


def test_spellings_of_one_number_stay_different_resources(owner: Client) -> None:
    owner.link(sms("shop", None, "+44 7700 900123"))
    owner.link(sms("shop", "customer", "447700900123"))
    exact = get(owner, quote("+44 7700 900123"))
    assert (exact["resourceId"], owners(exact)) == ("+44 7700 900123", [("shop", None)])
    assert exact["otherSpellings"] == ["447700900123"]
    other = get(owner, quote("+447700900123"))
    assert (other["resourceId"], owners(other)) == ("447700900123", [("shop", "customer")])
    listed = owner.call("GET", f"{ROOT}/associations", query={"resourceId": "+44 7700 900123"})
    assert listed.json["paging"]["totalResults"] == 1


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


def test_a_restricted_key_sees_only_owners_that_its_binding_covers(
    owner: Client, settle: Settle
) -> None:
    owner.create("applications", "other")
    owner.link(sms("shop", "customer"))
    owner.link(sms("other"))
    owner.link(sms("other", None, "447700900124"))
    owner.link(sms("default", None, "447700900125"))
    owner.unlink(sms("other"))
    settle()
    tenant = restricted(Pair("shop", None))
    found = get(tenant, NUMBER)
    assert owners(found) == [("shop", "customer")]
    assert found["channels"][0]["earlierOwners"] == []
    assert inbound(tenant, NUMBER)["owners"] == [{"applicationId": "shop", "entityId": "customer"}]
    assert inbound(tenant, "447700900124")["owners"] == []
    for hidden in ("447700900124", "447700900125"):
        assert tenant.call("GET", f"{ROOT}/resources/NUMBER/{hidden}").status == 404
    listed = tenant.call("GET", f"{ROOT}/resources", query={"channel": "SMS"}).json
    assert listed["results"] == [shown(sms("shop", "customer"))]
    unassigned = tenant.call("GET", f"{ROOT}/resources", query={"unassigned": "true"}).json
    assert (unassigned["results"], unassigned["paging"]["totalResults"]) == ([], 0)


def test_ids_of_other_resources_stay_exact(owner: Client, settle: Settle) -> None:
    owner.link({**sms("shop", None, "ACME"), "resourceType": "ALPHA"})
    settle()
    assert get(owner, "ACME", "ALPHA")["resourceId"] == "ACME"
    assert owner.call("GET", f"{ROOT}/resources/ALPHA/acme").status == 404


def test_resources_are_listed_by_type_and_channel(owner: Client) -> None:
    numbers = [sms("shop", None, f"44770090010{digit}") for digit in range(3)]
    whatsapp = {**sms("shop"), "channel": "WHATSAPP"}
    for association in [*numbers, whatsapp]:
        owner.link(association)
    page = owner.call("GET", f"{ROOT}/resources", query={"channel": "SMS", "size": 2}).json
    assert page["results"] == [shown(one) for one in numbers[:2]]
    assert page["paging"] == {"page": 0, "size": 2, "totalPages": 2, "totalResults": 3}
    every = owner.call("GET", f"{ROOT}/resources", query={"resourceType": "NUMBER"}).json
    assert every["paging"]["totalResults"] == 4


def test_unassigned_resources_belong_to_default_and_to_nobody_else(owner: Client) -> None:
    unassigned = sms("default", None, "447700900001")
    also_assigned = sms("default", None, "447700900002")
    of_entity = sms("default", "customer", "447700900003")
    for association in [unassigned, also_assigned, {**also_assigned, "applicationId": "shop"}]:
        owner.link(association)
    owner.link(of_entity)
    page = owner.call("GET", f"{ROOT}/resources", query={"unassigned": "true"}).json
    assert (page["results"], page["paging"]["totalResults"]) == ([shown(unassigned)], 1)
    refused = owner.call("GET", f"{ROOT}/resources", query={"unassigned": "maybe"})
    assert refused.problems == {"unassigned": ["must be true or false"]}


def test_unassigned_resources_of_a_large_account_cost_what_a_page_of_them_costs(
    owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond some, pages are made of what belongs to ``default``, less what others own too."""
    monkeypatch.setattr("provisioning.senders.resource_lists.EXAMINED", 5)
    unassigned = [sms("default", None, f"44770090000{digit}") for digit in range(8)]
    assigned = [sms("shop", None, f"4477009001{number:02d}") for number in range(90)]
    links = [*unassigned, *assigned, {**unassigned[1], "applicationId": "shop"}]
    answer = owner.call("POST", f"{ROOT}/associations/bulk", body={"link": links})
    assert answer.status == 200, answer.text
    pages = [
        owner.call("GET", f"{ROOT}/resources", query={"unassigned": "true", "size": 4, "page": at})
        for at in (0, 1, 2)
    ]
    expected = [shown(one) for at, one in enumerate(unassigned) if at != 1]
    assert [one.json["results"] for one in pages] == [expected[:3], expected[3:], []]


def test_an_inbound_message_belongs_to_all_owners_assigned_ones_first(
    owner: Client, settle: Settle
) -> None:
    for association in [sms("default"), sms("shop", "customer"), sms("shop")]:
        owner.link(association)
    settle()
    assert inbound(owner, "+44 7700 900123") == {
        "resourceType": "NUMBER",
        "resourceId": NUMBER,
        "owners": [
            {"applicationId": "shop"},
            {"applicationId": "shop", "entityId": "customer"},
            {"applicationId": "default"},
        ],
    }


def test_an_inbound_message_to_an_unknown_resource_has_no_owner(owner: Client) -> None:
    assert inbound(owner, NUMBER) == {"resourceType": None, "resourceId": NUMBER, "owners": []}


def test_resources_of_two_types_with_the_same_id_are_told_apart_by_their_type(
    owner: Client,
) -> None:
    owner.link(sms("shop", None, "12345"))
    owner.link({**sms("shop", "customer", "12345"), "resourceType": "ALPHA"})
    found = {kind: inbound(owner, "12345", resourceType=kind) for kind in ("NUMBER", "ALPHA", None)}
    assert {kind: one["owners"] for kind, one in found.items()} == {
        "NUMBER": [{"applicationId": "shop"}],
        "ALPHA": [{"applicationId": "shop", "entityId": "customer"}],
        None: [{"applicationId": "shop"}],
    }
    assert [one["resourceType"] for one in found.values()] == ["NUMBER", "ALPHA", "NUMBER"]


def test_a_type_that_the_channel_does_not_have_is_a_bad_request(owner: Client) -> None:
    body = {"channel": "SMS", "resourceId": "a.example", "resourceType": "DOMAIN"}
    answer = owner.call("POST", f"{ROOT}/inbound/resolve", body=body)
    assert (answer.status, answer.problems) == (
        400,
        {"channel": ["must be one of EMAIL for DOMAIN"]},
    )


def test_a_deleted_owner_counts_as_default_before_its_associations_are_reset(
    owner: Client, settle: Settle
) -> None:
    owner.link(sms("shop", "customer"))
    settle()
    owner.delete("applications", "shop")
    assert inbound(owner, NUMBER)["owners"] == [{"applicationId": "default"}]
    settle()
    assert inbound(owner, NUMBER)["owners"] == [{"applicationId": "default"}]


def test_an_inbound_look_up_costs_two_units_in_any_spelling_right_after_the_write(
    owner: Client, database: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    owner.link(sms("shop", "customer"))
    sent = through_to_engine(monkeypatch).requests
    for asked in (NUMBER, "+44 7700 900123", "447700900999"):
        sent.clear()
        assert bool(inbound(owner, asked)["owners"]) == (asked != "447700900999")
        assert read_units(database, of_the_rule(sent)) <= 2
