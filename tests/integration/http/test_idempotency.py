"""Idempotency-Key: a POST that comes again is carried out once and answered the same."""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from provisioning.accounts import key_creation, principals
from provisioning.core import identities
from provisioning.core.errors import RepeatedError
from provisioning.core.kinds import APPLICATION, ENTITY
from provisioning.core.origins import SYSTEM
from provisioning.http import idempotency
from provisioning.resources import associations, parents
from provisioning.table import dynamodb
from tests.support.associations import check_agreement, sms, stored_items
from tests.support.client import ROOT, Client, Response
from tests.support.transport import (
    Wire,
    carried_out_but,
    install,
    passed,
    unanswered,
    way_to_engine,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

BODIES: dict[str, Any] = {
    "applications": {"applicationId": "shop", "applicationName": "Shop"},
    "entities": {"entityId": "acme"},
    "associations": sms(),
}
OTHERS: dict[str, Any] = {
    "applications": {"applicationId": "blog"},
    "entities": {"entityId": "acme", "entityName": "Other"},
    "associations": sms(resource_id="other"),
}
collections = pytest.mark.parametrize("collection", BODIES)


def post(client: Client, collection: str, body: Any, key: str = "k1") -> Response:
    headers = {"Idempotency-Key": key}
    return client.call("POST", f"{ROOT}/{collection}", body=body, headers=headers)


def total(client: Client, collection: str) -> int:
    counted: int = client.list(collection).json["paging"]["totalResults"]
    return counted


@collections
def test_the_first_answer_comes_again(client: Client, collection: str) -> None:
    before = total(client, collection)
    first = post(client, collection, BODIES[collection])
    again = post(client, collection, BODIES[collection])
    assert (first.status, first.text) == (again.status, again.text) == (201, "")
    assert total(client, collection) == before + 1


@collections
def test_without_the_header_all_is_as_ever(client: Client, collection: str) -> None:
    statuses = [
        client.call("POST", f"{ROOT}/{collection}", body=BODIES[collection]).status
        for _ in range(2)
    ]
    assert statuses == [201, 409]


@collections
def test_the_same_key_for_another_request_is_a_conflict(client: Client, collection: str) -> None:
    post(client, collection, BODIES[collection])
    before = total(client, collection)
    assert post(client, collection, OTHERS[collection]).status == 409
    assert total(client, collection) == before


def test_the_order_of_members_makes_no_other_request(client: Client) -> None:
    post(client, "applications", '{"applicationId": "shop", "applicationName": "Shop"}')
    again = post(client, "applications", '{ "applicationName":"Shop", "applicationId":"shop"}')
    assert again.status == 201


def test_the_answer_stays_the_first_even_if_the_world_has_moved_on(client: Client) -> None:
    post(client, "applications", BODIES["applications"])
    client.delete("applications", "shop")
    assert post(client, "applications", BODIES["applications"]).status == 201
    assert client.get("applications", "shop").status == 404


def test_a_failed_request_may_succeed_at_a_later_try(client: Client) -> None:
    link = sms("shop")
    assert post(client, "associations", link).status == 404
    client.create("applications", "shop")
    assert post(client, "associations", link).status == 201
    assert post(client, "associations", link).status == 201


def test_a_key_of_the_client_s_is_its_own(client: Client) -> None:
    other = Client(key_creation.create_key("acme"))
    assert post(client, "applications", BODIES["applications"]).status == 201
    assert post(other, "applications", BODIES["applications"]).status == 409
    assert post(client, "entities", BODIES["entities"]).status == 201


def test_an_answer_is_given_for_a_day(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    post(client, "applications", BODIES["applications"])
    later = time.time() + 25 * 60 * 60
    monkeypatch.setattr("time.time", lambda: later)
    assert post(client, "applications", BODIES["applications"]).status == 409
    assert post(client, "applications", OTHERS["applications"]).status == 201
    assert post(client, "applications", OTHERS["applications"]).status == 201


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "é", "a b", "a\tb", "\x7f"])
def test_a_key_that_cannot_be_is_a_bad_request(client: Client, key: str) -> None:
    answer = post(client, "applications", BODIES["applications"], key)
    assert (answer.status, list(answer.problems)) == (400, ["Idempotency-Key"])


@collections
def test_stored_secrets_are_digests(
    client: Client, collection: str, database: "DynamoDBClient", table: str
) -> None:
    post(client, collection, BODIES[collection], "my-secret-key")
    (answer,) = (
        item for item in stored_items(database, table) if item["type"] == "idempotencyRecord"
    )
    assert "my-secret-key" not in str(answer)
    assert 0 < answer["expiresAt"] - time.time() <= 24 * 60 * 60


# --- crashes and races --------------------------------------------------------------------------


@collections
@pytest.mark.parametrize(
    "crash", [unanswered, carried_out_but(unanswered)], ids=["before", "after"]
)
@pytest.mark.parametrize("calls", range(4))
def test_a_crash_between_any_two_calls_leaves_all_or_nothing(
    client: Client,
    collection: str,
    crash: Callable[..., Any],
    calls: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = total(client, collection)
    send = way_to_engine()
    with monkeypatch.context() as patch:
        wire = Wire(send_on=send, script=deque([passed] * calls), otherwise=crash)
        install(wire, patch)
        post(client, collection, BODIES[collection])
    for _ in range(2):
        assert post(client, collection, BODIES[collection]).status == 201
    assert total(client, collection) == before + 1


@collections
def test_the_same_request_many_times_at_once_is_carried_out_once(
    client: Client, collection: str, database: "DynamoDBClient", table: str
) -> None:
    """One after the other begins before the first has ended: each sees no answer at first."""
    before = total(client, collection)
    answers: list[int] = []
    barrier = threading.Barrier(8)

    def send() -> None:
        barrier.wait()
        answers.append(_direct(collection))

    requests = [threading.Thread(target=send) for _ in range(8)]
    for request in requests:
        request.start()
    for request in requests:
        request.join()
    assert answers.count(1) == 1
    assert total(client, collection) == before + 1
    check_agreement(database, table)


def _direct(collection: str) -> int:
    """Carry the rule out without the handler, which serves one request at a time; 1 if it did."""
    principal = principals.Principal("acme", "k", frozenset())
    retry = idempotency.of(principal, collection, "k1", {})
    alongside = (retry.write(),)
    try:
        if collection == "associations":
            link = identities.of(BODIES[collection])
            associations.create("acme", link, SYSTEM, alongside)
        else:
            kind, name = {"applications": (APPLICATION, "shop"), "entities": (ENTITY, "acme")}[
                collection
            ]
            parents.create("acme", kind, name, None, SYSTEM, alongside)
    except RepeatedError:
        assert retry.was_answered()
        return 0
    return 1


def test_a_retry_costs_one_read_and_one_item_more(client: Client) -> None:
    client.list("applications")
    dynamodb.usage.reset()
    post(client, "applications", BODIES["applications"])
    assert (dynamodb.usage.calls, dynamodb.usage.read_units) == (2, 1)
    dynamodb.usage.reset()
    post(client, "applications", BODIES["applications"])
    assert (dynamodb.usage.calls, dynamodb.usage.write_units) == (1, 0)
