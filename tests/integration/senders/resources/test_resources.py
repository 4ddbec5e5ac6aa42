"""Whose a resource is: now, and right after the write."""

from urllib.parse import quote

import pytest

from provisioning.accounts.restrictions import Pair
from tests.support.associations import shown, sms
from tests.support.client import ROOT, Client
from tests.support.owned_resources import NUMBER, get, owners
from tests.support.senders import Settle, inbound, restricted


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
