"""Sending strategies over their API: the contract's shapes."""

from typing import Any

import pytest

from provisioning.accounts import accounts, key_creation, principals
from provisioning.accounts.restrictions import Pair
from tests.support.client import ROOT, Client
from tests.support.senders import STRATEGIES, Settle, create_strategy, restricted
from tests.support.strategies import carried_out, listed


def test_a_strategy_is_listed_as_it_was_created(manager: Client) -> None:
    manager.create("applications", "shop")
    members = {
        "platform": {"applicationId": "shop"},
        "channel": "SMS",
        "destinationCountryCode": "US",
        "useStickySender": True,
        "useGeolocatedSender": True,
        "priorities": [
            {"senderType": "VIRTUAL_LONG_NUMBER", "priority": 1},
            {"senderType": "TOLL_FREE_NUMBER", "priority": 2},
        ],
    }
    created = manager.call("POST", STRATEGIES, body=members)
    assert created.status == 201
    assert listed(manager) == [{**created.json, **members}]


def test_missing_members_have_the_published_defaults(manager: Client) -> None:
    identifier = create_strategy(manager, {}, channel=None, priorities=None)
    assert listed(manager) == [
        {
            "sendingStrategyId": identifier,
            "useStickySender": False,
            "useGeolocatedSender": False,
        }
    ]


@pytest.mark.parametrize(("given", "stored"), [("us", "US"), ("US", "US"), ("", None)])
def test_a_country_is_told_in_capitals_and_an_empty_one_means_all(
    manager: Client, given: str, stored: str | None
) -> None:
    create_strategy(manager, {}, destinationCountryCode=given)
    (shown,) = listed(manager)
    assert shown.get("destinationCountryCode") == stored


@pytest.mark.parametrize("channel", ["", None])
def test_an_empty_channel_means_all(manager: Client, channel: str | None) -> None:
    first = create_strategy(manager, {}, channel=channel)
    (shown,) = listed(manager)
    assert "channel" not in shown
    again = manager.call("POST", STRATEGIES, body={})
    assert again.json["violations"][0]["violation"] == (
        f"the strategy {first} is for the same messages"
    )


@pytest.mark.parametrize("country", ["\u017fs", "ZZ", "XX", "001", "EU", "U", "U ", "\uff35\uff33"])
def test_a_country_that_no_number_has_is_refused(manager: Client, country: str) -> None:
    answer = manager.call("POST", STRATEGIES, body={"destinationCountryCode": country})
    assert answer.status == 400
    assert [one["property"] for one in answer.json["violations"]] == ["destinationCountryCode"]
    assert listed(manager) == []


def test_pages_have_100_strategies_unless_another_size_is_asked_for(manager: Client) -> None:
    for country in ("US", "CA", "GB"):
        create_strategy(manager, {}, destinationCountryCode=country)
    whole = manager.call("GET", STRATEGIES).json
    assert whole["paging"] == {"page": 0, "size": 100, "totalPages": 1, "totalResults": 3}
    last = manager.call("GET", STRATEGIES, query={"page": 1, "size": 2}).json
    assert last["results"] == whole["results"][2:]


def test_a_list_can_be_filtered_by_id_application_and_entity(manager: Client) -> None:
    manager.create("applications", "shop")
    manager.create("entities", "customer")
    both = create_strategy(manager, {"applicationId": "shop", "entityId": "customer"})
    of_shop = create_strategy(manager, {"applicationId": "shop"})
    assert [one["sendingStrategyId"] for one in listed(manager, entityId="customer")] == [both]
    assert len(listed(manager, applicationId="shop")) == 2
    assert [one["sendingStrategyId"] for one in listed(manager, sendingStrategyId=of_shop)] == [
        of_shop
    ]


def test_a_deleted_strategy_is_gone_and_cannot_be_deleted_again(manager: Client) -> None:
    path = f"{STRATEGIES}/{create_strategy(manager, {})}"
    deleted = manager.call("DELETE", path)
    assert (deleted.status, deleted.text) == (204, "")
    assert listed(manager) == []
    again = manager.call("DELETE", path)
    assert (again.status, again.json["errorCode"]) == (404, "E404")


def test_a_strategy_for_the_same_messages_is_refused(manager: Client) -> None:
    first = create_strategy(manager, {}, channel="SMS")
    answer = manager.call("POST", STRATEGIES, body={"channel": "SMS"})
    assert answer.status == 400
    assert answer.json["violations"] == [
        {"property": "channel", "violation": f"the strategy {first} is for the same messages"}
    ]


@pytest.mark.parametrize(
    ("body", "violation"),
    [
        (
            {"platform": {"applicationId": "missing"}},
            {"property": "platform.applicationId", "violation": "does not exist"},
        ),
        (
            {"priorities": [{"senderType": "SHORT_CODE", "priority": 5}]},
            {"property": "priorities[0].priority", "violation": "must be less than or equal to 4"},
        ),
        (
            {"priorities": [{"senderType": "SHORT_CODE", "priority": 1}] * 2},
            {"property": "priorities", "violation": "must name each senderType once"},
        ),
        (
            {"destinationCountryCode": "USA"},
            {
                "property": "destinationCountryCode",
                "violation": "must be a two-letter ISO 3166-1 code",
            },
        ),
        (
            {"useStickySender": "yes"},
            {"property": "useStickySender", "violation": "must be true or false"},
        ),
        (
            {"channel": "EMAIL"},
            {"property": "channel", "violation": "must be one of SMS, MMS, RCS"},
        ),
    ],
    ids=["unknown application", "priority", "type twice", "country", "boolean", "channel"],
)
def test_bad_input_is_refused_in_the_newer_form(
    manager: Client, body: dict[str, Any], violation: dict[str, str]
) -> None:
    answer = manager.call("POST", STRATEGIES, body=body)
    assert answer.status == 400
    assert answer.json.keys() == {"errorCode", "description", "action", "violations", "resources"}
    assert answer.json["errorCode"] == "E400"
    assert answer.json["violations"] == [violation]


def test_failures_before_the_rule_have_the_newer_form_too(client: Client, manager: Client) -> None:
    anonymous = client.without_key().call("GET", STRATEGIES)
    without_scope = client.call("GET", STRATEGIES)
    unknown = manager.call("PATCH", STRATEGIES)
    answers = [anonymous, without_scope, unknown]
    assert [(one.status, one.json["errorCode"]) for one in answers] == [
        (401, "E401"),
        (403, "E403"),
        (404, "E404"),
    ]


def test_another_account_sees_none_of_them(manager: Client) -> None:
    path = f"{STRATEGIES}/{create_strategy(manager, {})}"
    accounts.create("other")
    other = Client(key_creation.create_key("other", principals.SCOPES))
    assert listed(other) == []
    assert other.call("DELETE", path).status == 404
    assert len(listed(manager)) == 1


def test_a_restricted_key_manages_the_strategies_that_its_binding_covers(manager: Client) -> None:
    for application in ("shop", "other"):
        manager.create("applications", application)
    manager.create("entities", "customer")
    hidden = [create_strategy(manager, {}), create_strategy(manager, {"applicationId": "other"})]
    hidden.append(create_strategy(manager, {"entityId": "customer"}))
    tenant = restricted(Pair("shop", None))
    own = create_strategy(tenant, {"applicationId": "shop"})
    assert [one["sendingStrategyId"] for one in listed(tenant)] == [own]
    for identifier in hidden:
        assert tenant.call("DELETE", f"{STRATEGIES}/{identifier}").status == 404
    assert len(listed(manager)) == 4
    assert tenant.call("DELETE", f"{STRATEGIES}/{own}").status == 204


def test_a_restricted_key_cannot_tell_what_exists_by_creating_strategies(manager: Client) -> None:
    for application in ("shop", "other"):
        manager.create("applications", application)
    manager.create("entities", "customer")
    tenant = restricted(Pair("shop", None))

    def refusal(platform: dict[str, str]) -> Any:
        answer = tenant.call("POST", STRATEGIES, body={"platform": platform})
        return answer.status, answer.json["violations"]

    assert refusal({"applicationId": "other"}) == refusal({"applicationId": "nothing"})
    assert refusal({"applicationId": "other"})[0] == 400
    existing, unknown = (
        refusal({"applicationId": "shop", "entityId": entity}) for entity in ("customer", "nobody")
    )
    assert existing == unknown
    assert refusal({}) == (403, [])
    assert listed(manager) == []


def test_the_audit_tells_who_created_deleted_removed_and_restored_a_strategy(
    manager: Client, settle: Settle
) -> None:
    manager.create("applications", "shop")
    strategy = create_strategy(manager, {"applicationId": "shop"}, channel="SMS")
    (shown,) = listed(manager)
    deletion = carried_out(manager.delete("applications", "shop").headers["Operation-Location"])
    undone = manager.call("POST", f"{deletion}/undo").headers["Operation-Location"]
    undo = carried_out(undone)
    manager.call("DELETE", f"{STRATEGIES}/{strategy}")
    settle()
    query = {"sendingStrategyId": strategy}
    entries = manager.call("GET", f"{ROOT}/audit", query=query).json["results"]
    operations = [path.rpartition("/")[2] for path in (deletion, undo)]
    assert [
        (one["action"], one.get("before"), one.get("after"), one.get("operationId"))
        for one in reversed(entries)
    ] == [
        ("CREATED", None, shown, None),
        ("DELETED", shown, None, operations[0]),
        ("CREATED", None, shown, operations[1]),
        ("DELETED", shown, None, None),
    ]
    assert {one["actor"] for one in entries} == {key_id(manager)}
    tenant = restricted(Pair("default", None), scopes=(principals.MANAGE,))
    assert tenant.call("GET", f"{ROOT}/audit", query=query).json["results"] == []


def key_id(client: Client) -> str:
    found: str = client.call("GET", f"{ROOT}/current-api-key").json["keyId"]
    return found
