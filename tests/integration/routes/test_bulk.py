"""Bulk requests: what single requests would do, each with an outcome of its own."""

import json
import os
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provisioning.accounts import (
    accounts,
    key_creation,
    principals,
    quotas,
    rate_limits,
)
from provisioning.accounts.key_creation import NewKey
from provisioning.accounts.restrictions import Pair
from provisioning.core.kinds import Kind
from provisioning.core.origins import COMMAND
from provisioning.routes import bulk_deadline
from provisioning.table import dynamodb
from tests.support.associations import check_agreement, shown, sms, stored_items
from tests.support.call_faults import TRIES
from tests.support.client import (
    ROOT,
    Client,
    Context,
    Response,
    load_function,
    path_of,
    proxy_event,
)
from tests.support.ids import STRANGE_IDS
from tests.support.transport import (
    Answer,
    Send,
    carried_out_but,
    failed,
    through_to_engine,
    unanswered,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

ITEMS = int(os.environ.get("BULK_ITEMS", "150"))
"""Elements of the larger bulks; 1,000 is the most that there can be."""

BAD_REQUEST = {"messageId": "BAD_REQUEST", "text": "Bad request"}
NOT_FOUND = {"messageId": "NOT_FOUND", "text": "Not found"}


def send(client: Client, collection: str, **lists: Any) -> Response:
    return client.call("POST", f"{ROOT}/{collection}/bulk", body=lists)


def link(client: Client, *associations: Any) -> Response:
    return send(client, "associations", link=list(associations))


def statuses(answer: Response) -> list[int]:
    return [result["status"] for result in answer.json["results"]]


def error(result: dict[str, Any]) -> Any:
    return result["requestError"]["serviceException"]


def listed(client: Client, collection: str) -> list[Any]:
    results: list[Any] = client.list(collection, size=1000).json["results"]
    return results


@pytest.fixture
def shop(client: Client) -> Client:
    """A client whose account has an application and an entity."""
    assert client.create("applications", "shop").status == 201
    assert client.create("entities", "acme").status == 201
    return client


# --- outcomes -----------------------------------------------------------------------------------


def test_associations_are_linked_and_unlinked_each_with_its_outcome(shop: Client) -> None:
    old, new = sms("shop", "acme", "1"), sms("shop", None, "2")
    assert shop.link(old).status == 201
    answer = send(shop, "associations", link=[new], unlink=[old])
    assert answer.status == 200
    assert answer.json == {
        "succeeded": 2,
        "failed": 0,
        "results": [
            {"action": "unlink", "index": 0, "association": shown(old), "status": 204},
            {"action": "link", "index": 0, "association": shown(new), "status": 201},
        ],
    }
    assert listed(shop, "associations") == [shown(new)]


def test_parents_are_created_and_deleted_each_with_its_outcome(client: Client, kind: Kind) -> None:
    assert client.create(kind.collection, "old").status == 201
    create = [{kind.id_member: "new", kind.name_member: "New"}, {kind.id_member: "plain"}]
    answer = send(client, kind.collection, create=create, delete=["old"])
    assert answer.status == 200
    deleted, *created = answer.json["results"]
    assert created == [
        {"action": "create", "index": 0, kind.id_member: "new", "status": 201},
        {"action": "create", "index": 1, kind.id_member: "plain", "status": 201},
    ]
    assert (deleted["action"], deleted["status"], deleted[kind.id_member]) == ("delete", 200, "old")
    operation = client.call("GET", deleted["operationLocation"].removeprefix("/v1")).json
    assert operation["operationId"] == deleted["operationId"]
    assert operation[kind.id_member] == "old"
    assert client.get(kind.collection, "new").json == create[0]
    assert client.get(kind.collection, "old").status == 404


def test_a_failed_element_says_why_and_affects_no_other(shop: Client) -> None:
    standing = sms("shop", None, "1")
    shop.link(standing)
    answer = link(
        shop,
        sms("shop", "acme", "2"),
        standing,
        sms("nowhere", None, "3"),
        sms("shop") | {"channel": "EMAIL"},
        {},
        "x",
        None,
        sms("shop", "acme", "4"),
    )
    assert answer.status == 207
    assert statuses(answer) == [201, 409, 404, 400, 400, 400, 400, 201]
    results = answer.json["results"]
    assert error(results[1]) == shop.link(standing).json["requestError"]["serviceException"]
    assert error(results[2]) == NOT_FOUND
    wrong = shop.link(sms("shop") | {"channel": "EMAIL"}).json["requestError"]["serviceException"]
    assert error(results[3]) == wrong
    assert error(results[5])["validationErrors"] == {"body": ["must be a JSON object"]}
    assert "association" not in results[4]
    assert (answer.json["succeeded"], answer.json["failed"]) == (2, 6)
    assert len(listed(shop, "associations")) == 3


def test_one_that_fails_among_many_is_the_only_one(
    shop: Client, database: "DynamoDBClient", table: str
) -> None:
    wanted = [sms("shop", "acme" if number % 2 else None, f"{number}") for number in range(ITEMS)]
    wanted[ITEMS // 2] |= {"entityId": "nobody"}
    answer = link(shop, *wanted)
    assert answer.status == 207
    assert [index for index, status in enumerate(statuses(answer)) if status != 201] == [ITEMS // 2]
    assert [result["index"] for result in answer.json["results"]] == list(range(ITEMS))
    assert len(listed(shop, "associations")) == ITEMS - 1
    check_agreement(database, table)
    again = send(shop, "associations", unlink=wanted)
    assert statuses(again) == [204 if status == 201 else 404 for status in statuses(answer)]
    assert listed(shop, "associations") == []


def test_strange_ids_are_ids(client: Client) -> None:
    strange = list(dict.fromkeys(STRANGE_IDS.values()))
    for collection, member in (("applications", "applicationId"), ("entities", "entityId")):
        answer = send(client, collection, create=[{member: each} for each in strange])
        assert answer.status == 200
    wanted = [sms(each, each, each) for each in strange]
    assert link(client, *wanted).status == 200
    order = json.dumps
    assert sorted(listed(client, "associations"), key=order) == sorted(wanted, key=order)
    assert send(client, "associations", unlink=wanted).status == 200
    assert send(client, "applications", delete=strange).status == 200


def test_the_built_in_application_stays(client: Client) -> None:
    answer = send(client, "applications", delete=["default"], create=[{"applicationId": "default"}])
    assert statuses(answer) == [400, 409]
    assert client.get("applications", "default").status == 200


def test_nothing_to_do_is_done(client: Client) -> None:
    assert send(client, "associations", link=[], unlink=None).json == {
        "succeeded": 0,
        "failed": 0,
        "results": [],
    }


@pytest.mark.parametrize(
    "body",
    [
        [],
        "x",
        {"link": {}},
        {"unlink": "x"},
        {"link": [sms()] * 1001},
        {"link": [sms()] * 600, "unlink": [sms()] * 401},
        '{"link": [}',
        '{"link": [{"channel": "SMS", "channel": "MMS"}]}',
    ],
    ids=lambda body: str(body)[:20],
)
def test_only_an_invalid_bulk_as_a_whole_is_a_bad_request(client: Client, body: Any) -> None:
    answer = client.call("POST", f"{ROOT}/associations/bulk", body=body)
    assert answer.status == 400
    assert answer.problems
    assert listed(client, "associations") == []


def test_a_thousand_of_the_longest_associations_fit(client: Client) -> None:
    longest = [sms("😀" * 255, "😀" * 255, "😀" * 251 + f"{number:04}") for number in range(1000)]
    body = json.dumps({"link": longest}, ensure_ascii=False)
    answer = client.call("POST", f"{ROOT}/associations/bulk", body=body)
    assert set(statuses(answer)) == {404}


# --- order --------------------------------------------------------------------------------------


def test_removals_come_first_and_the_same_ones_in_their_order(shop: Client) -> None:
    one = sms("shop", "acme")
    answer = send(shop, "associations", link=[one, one], unlink=[one, one])
    assert statuses(answer) == [404, 404, 201, 409]
    answer = send(shop, "associations", link=[one, one], unlink=[one, one])
    assert statuses(answer) == [204, 404, 201, 409]
    answer = send(shop, "applications", create=[{"applicationId": "shop"}] * 2, delete=["shop"] * 2)
    assert statuses(answer) == [200, 404, 201, 409]


def test_missing_elements_cost_no_additional_requests(shop: Client) -> None:
    there, gone = sms("shop", "acme", "1"), [sms("shop", "acme", f"{n}") for n in range(2, 20)]
    shop.link(there)
    dynamodb.usage.reset()
    answer = send(shop, "associations", unlink=[*gone, there])
    assert statuses(answer) == [*[404] * 18, 204]
    assert dynamodb.usage.calls <= 2


def test_the_same_many_times_is_asked_for_no_more_than_twice(shop: Client) -> None:
    dynamodb.usage.reset()
    answer = link(shop, *[sms()] * 1000)
    assert statuses(answer) == [201, *[409] * 999]
    assert dynamodb.usage.calls <= 2


applications = st.sampled_from(["default", "shop", "blog", "nowhere"])
entities = st.sampled_from([None, "acme", "umbra", "nobody"])
links = st.lists(st.builds(sms, applications, entities, st.sampled_from("12")), max_size=8)
misfits = st.sampled_from([{}, None, 7, {"applicationId": 1}, {"applicationId": " "}])
ids = st.sampled_from(["default", "shop", "blog", "new", "x" * 255])
numbers = iter(range(1_000_000))


def twins() -> tuple[Client, Client]:
    """Return clients of two new accounts in which everything is the same."""
    made = []
    for _ in range(2):
        account = f"twin{next(numbers)}"
        accounts.create(account)
        client = Client(key_creation.create_key(account))
        for application in ("shop", "blog"):
            client.create("applications", application)
        for entity in ("acme", "umbra"):
            client.create("entities", entity)
        for association in (sms("shop", "acme", "1"), sms("blog", None, "2"), sms("default")):
            client.link(association)
        made.append(client)
    return made[0], made[1]


def outcome_of(answer: Response) -> tuple[int, Any]:
    """Return the status of a single request, and its error if it is one."""
    return answer.status, answer.json["requestError"] if answer.status >= 400 else None


def outcomes(answer: Response) -> list[tuple[int, Any]]:
    return [(result["status"], result.get("requestError")) for result in answer.json["results"]]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(links, st.lists(links.filter(bool).map(lambda few: few[0]) | misfits, max_size=8))
def test_a_bulk_of_associations_equals_single_requests(
    table: str, removed: list[Any], made: list[Any]
) -> None:
    one, other = twins()
    answer = send(one, "associations", unlink=removed, link=made)
    path = f"{ROOT}/associations"
    singles = [other.call("DELETE", path, body=json.dumps(body)) for body in removed]
    singles += [other.call("POST", path, body=json.dumps(body)) for body in made]
    assert outcomes(answer) == [outcome_of(single) for single in singles]
    assert listed(one, "associations") == listed(other, "associations")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(
    st.lists(ids, max_size=5),
    st.lists(st.fixed_dictionaries({"applicationId": ids}) | misfits, max_size=5),
)
def test_a_bulk_of_applications_equals_single_requests(
    table: str, deleted: list[str], created: list[Any]
) -> None:
    one, other = twins()
    answer = send(one, "applications", delete=deleted, create=created)
    singles = [other.delete("applications", identifier) for identifier in deleted]
    path = f"{ROOT}/applications"
    singles += [other.call("POST", path, body=json.dumps(body)) for body in created]
    assert outcomes(answer) == [outcome_of(single) for single in singles]
    assert listed(one, "applications") == listed(other, "applications")
    operations = [
        [(each["kind"], each["applicationId"]) for each in listed(client, "operations")]
        for client in (one, other)
    ]
    assert sorted(operations[0]) == sorted(operations[1])


# --- rules that hold for single requests ----------------------------------------------------------


def test_a_bound_key_changes_only_within_its_binding(shop: Client) -> None:
    shop.create("applications", "blog")
    shop.link(sms("blog", None, "1"))
    bound = NewKey((principals.MANAGE,), (Pair("shop", None),))
    key = Client(key_creation.create("acme", bound, COMMAND)[1])
    answer = send(
        key, "associations", link=[sms("shop"), sms("blog")], unlink=[sms("blog", None, "1")]
    )
    assert statuses(answer) == [404, 201, 404]
    answer = send(
        key,
        "applications",
        delete=["blog", "nothing", "shop"],
        create=[{"applicationId": "other"}, {"applicationId": "shop"}],
    )
    assert statuses(answer) == [404, 404, 200, 403, 201]
    assert shop.get("applications", "blog").status == 200


def test_a_key_that_may_only_read_is_refused(client: Client) -> None:
    reader = Client(key_creation.create_key("acme", (principals.READ,)))
    assert send(reader, "entities", create=[{"entityId": "x"}]).status == 403


def test_each_create_counts_against_the_quota_and_a_failure_does_not(
    shop: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    quotas._counts.clear()
    shop.link(sms("shop", None, "0"))
    monkeypatch.setenv("LIMITS", json.dumps({"associations": 4}))
    answer = link(
        shop,
        sms("shop", None, "0"),
        sms("shop", None, "1"),
        {},
        sms("nowhere"),
        *(sms("shop", None, f"{number}") for number in range(2, 8)),
        sms("nowhere"),
        {},
    )
    assert statuses(answer) == [409, 201, 400, 404, 201, 201, *[429] * 5, 400]
    refused = answer.json["results"][6]
    assert refused["retryAfter"] == quotas.RETRY_SECONDS
    assert "4 associations" in str(error(refused)["validationErrors"]["resourceId"])
    assert len(listed(shop, "associations")) == 4


def test_deletions_make_room_for_creates(shop: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    quotas._counts.clear()
    shop.link(sms("shop", None, "0"))
    monkeypatch.setenv("LIMITS", json.dumps({"associations": 1}))
    one, two = sms("shop", None, "0"), sms("shop", None, "1")
    assert statuses(send(shop, "associations", link=[two], unlink=[one])) == [204, 201]


def test_every_item_stores_its_actor(
    client: Client, database: "DynamoDBClient", table: str
) -> None:
    link(client, *(sms(resource_id=f"{number}") for number in range(3)))
    made = [item for item in stored_items(database, table) if item["type"] == "association"]
    assert len({(item["actor"], item["requestId"]) for item in made}) == 1
    assert made[0]["requestId"] is not None


def test_a_bulk_reads_each_parent_once(shop: Client) -> None:
    dynamodb.usage.reset()
    link(shop, *(sms("shop", "acme", f"{number}") for number in range(20)))
    assert (dynamodb.usage.calls, dynamodb.usage.read_units) == (2, 2)


def test_an_application_called_bulk_can_be_reached(client: Client) -> None:
    assert send(client, "applications", create=[{"applicationId": "bulk"}]).status == 200
    assert client.get("applications", "bulk").json == {"applicationId": "bulk"}
    assert client.call("DELETE", path_of("applications", "bulk")).status == 200


# --- faults -------------------------------------------------------------------------------------


def on(resource_id: str, fault: Answer) -> Answer:
    """Let everything through but what names a resource."""

    def answer(request: AWSPreparedRequest, send: Send) -> AWSResponse:
        hit = f'"{resource_id}"'.encode() in cast("bytes", request.body)
        return fault(request, send) if hit else send(request)

    return answer


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (failed("ProvisionedThroughputExceededException"), 429),
        (failed("InternalServerError", 500), 500),
        (unanswered, 500),
    ],
    ids=["throttled", "failing", "silent"],
)
def test_one_that_the_table_fails_is_the_only_one(
    shop: Client,
    monkeypatch: pytest.MonkeyPatch,
    pauses: list[float],
    fault: Answer,
    status: int,
) -> None:
    wire = through_to_engine(monkeypatch)
    wire.always(on("7", fault))
    answer = link(shop, *(sms("shop", "acme", f"{number}") for number in range(10)))
    assert statuses(answer) == [201] * 7 + [status] + [201] * 2
    assert ("retryAfter" in answer.json["results"][7]) == (status == 429)
    wire.always(on("none", fault))
    again = link(shop, *(sms("shop", "acme", f"{number}") for number in range(10)))
    assert statuses(again) == [409] * 7 + [201] + [409] * 2


def test_a_write_whose_response_was_lost_counts_as_done(
    shop: Client, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    wire = through_to_engine(monkeypatch)
    made = [sms(resource_id=f"{number}") for number in range(5)]
    for lists, status in (({"link": made}, 201), ({"unlink": made}, 204)):
        wire.then(*[carried_out_but(unanswered)] * TRIES)
        assert statuses(send(shop, "associations", **lists)) == [status] * 5
        assert not wire.script
    wire.then(*[carried_out_but(unanswered)] * TRIES)
    created = [{"entityId": f"{number}"} for number in range(5)]
    assert statuses(send(shop, "entities", create=created)) == [201] * 5


def test_where_the_parents_cannot_be_read_nothing_is_done(
    shop: Client, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    shop.link(sms("shop"))
    wire = through_to_engine(monkeypatch)
    wire.then(*[failed("ProvisionedThroughputExceededException")] * 100)
    answer = send(shop, "associations", unlink=[sms("shop")], link=[sms("shop", "acme")])
    assert answer.status == 429
    wire.script.clear()
    assert shop.single(sms("shop")).status == 200


class Short(Context):
    """An invocation that has so little time left that nothing more can be begun."""

    def get_remaining_time_in_millis(self) -> int:
        return int(bulk_deadline.LAST_START_SECONDS * 1000)


def test_elements_without_time_left_can_be_sent_again(shop: Client) -> None:
    headers = {"Authorization": f"App {shop.api_key}"}
    body = json.dumps({"link": [sms("shop"), {}]})
    event = proxy_event("POST", f"{ROOT}/associations/bulk", headers, body)
    answer = load_function("associations").handler(event, Short())
    results = json.loads(answer["body"])["results"]
    assert answer["statusCode"] == 207
    assert [result["status"] for result in results] == [429, 400]
    assert results[0]["retryAfter"] == 1
    assert error(results[0])["validationErrors"] == {"link": ["was not tried, for lack of time"]}
    assert statuses(link(shop, sms("shop"))) == [201]


def test_a_task_that_breaks_is_a_failure_of_its_own(
    shop: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = through_to_engine(monkeypatch)

    def broken(request: AWSPreparedRequest, send: Send) -> AWSResponse:
        raise MemoryError

    wire.always(on("breaks", broken))
    answer = link(shop, sms("shop", None, "0"), sms("shop", None, "breaks"))
    assert statuses(answer) == [201, 500]
    assert error(answer.json["results"][1])["messageId"] == "GENERAL_ERROR"


# --- what a bulk counts for -----------------------------------------------------------------------


def test_a_bulk_is_one_request(shop: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    rate_limits._buckets.clear()
    monkeypatch.setenv("LIMITS", json.dumps({"accountRequestsPerSecond": 1, "accountBurst": 400}))
    answer = link(shop, *(sms("shop", None, f"{number}") for number in range(50)))
    assert answer.status == 200
    assert int(answer.headers["RateLimit-Remaining"]) > 300
