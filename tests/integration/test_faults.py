"""DynamoDB fails at any call of any operation: no client sees it, or nothing is half done."""

from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from provisioning.accounts import accounts, authentication, key_creation
from provisioning.operations import lookup, worker
from tests.support.associations import check_agreement, sms
from tests.support.client import ROOT, Client, Response, path_of
from tests.support.transport import (
    Answer,
    Wire,
    cancelled,
    carried_out_but,
    failed,
    passed,
    through_to_engine,
    unanswered,
    unreachable,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

Act = Callable[[Client], Response]
LINKED = sms("shop", "acme")


class Scenario(NamedTuple):
    """An operation, what goes before it, and the status it answers with.

    It may be cut off after ``between``: what is still to be moved is moved before anything else.
    """

    before: tuple[Act, ...]
    act: Act
    status: int
    between: tuple[Act, ...] = ()


def create_application(client: Client) -> Response:
    return client.create("applications", "shop", "Web shop")


def create_entity(client: Client) -> Response:
    return client.create("entities", "acme")


def delete_application(client: Client) -> Response:
    return client.delete("applications", "shop")


def link(client: Client) -> Response:
    return client.link(LINKED)


def link_to_default(client: Client) -> Response:
    return client.link(sms())


ended: dict[str | None, str] = {}
"""Operations of which all is done, by the key of their account."""


def undo(client: Client) -> Response:
    return client.call("POST", f"{ROOT}/operations/{ended[client.api_key]}/undo")


def end_operation(client: Client) -> Response:
    """Let the function do what the stream would have it do."""
    answer = client.list("operations")
    (listed,) = answer.json["results"]
    account = authentication.authenticate(client.api_key or "").account_id
    worker.advance(lookup.get(account, listed["operationId"]))
    ended[client.api_key] = listed["operationId"]
    return answer


def reassign(client: Client) -> Response:
    body = {"filter": {"applicationId": "shop"}, "target": {"applicationId": "default"}}
    return client.call("POST", f"{ROOT}/associations/reassign", body=body)


def protect(client: Client) -> Response:
    path = path_of("applications", "shop")
    return client.call("PATCH", path, body={"protected": True})


def delete_unless_linked(client: Client) -> Response:
    return client.call("DELETE", path_of("applications", "shop"), query={"onLinked": "refuse"})


def show_impact(client: Client) -> Response:
    return client.call("GET", f"{path_of('applications', 'shop')}/impact")


def change_settings(client: Client) -> Response:
    return client.call("PATCH", f"{ROOT}/settings", body={"onLinked": "refuse"})


PARENTS = (create_application, create_entity)
SCENARIOS = {
    "create": Scenario((), create_application, 201),
    "get": Scenario(PARENTS, lambda client: client.get("applications", "shop"), 200),
    "rename": Scenario(PARENTS, lambda client: client.rename("applications", "shop", {}), 204),
    "delete": Scenario(PARENTS, delete_application, 200),
    "list": Scenario(PARENTS, lambda client: client.list("applications"), 200),
    "link": Scenario(PARENTS, link, 201),
    "link to default": Scenario((), link_to_default, 201),
    "link again after a delete": Scenario(
        (*PARENTS, link, delete_application, create_application), link, 201, (end_operation,)
    ),
    "single": Scenario((*PARENTS, link), lambda client: client.single(LINKED), 200),
    "list links": Scenario((*PARENTS, link), lambda client: client.list("associations"), 200),
    "unlink": Scenario((*PARENTS, link), lambda client: client.unlink(LINKED), 204),
    "unlink from default": Scenario((link_to_default,), lambda client: client.unlink(sms()), 204),
    "protect": Scenario(PARENTS, protect, 204),
    "impact": Scenario((*PARENTS, link), show_impact, 200),
    "delete unless linked": Scenario(PARENTS, delete_unless_linked, 200),
    "reassign": Scenario((*PARENTS, link), reassign, 202),
    "undo": Scenario((*PARENTS, delete_application, end_operation), undo, 202),
    "change settings": Scenario((), change_settings, 200),
}
FAULTS = {
    "unreachable": unreachable,
    "timeout": unanswered,
    "response lost": carried_out_but(unanswered),
    "failure": failed("InternalServerError", 500),
    "failure after success": carried_out_but(failed("InternalServerError", 500)),
    "throttle": failed("ProvisionedThroughputExceededException"),
}
TRANSACTION_FAULTS = {
    "conflict": cancelled("TransactionConflict", "None"),
    "part throttled": cancelled("None", "ThrottlingError"),
    "still in progress": failed("TransactionInProgressException"),
}
EVERY_SCENARIO = pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)


@pytest.fixture
def wire(table: str, monkeypatch: pytest.MonkeyPatch, pauses: list[float]) -> Wire:
    """The wire to the engine, on which faults can be scripted."""
    return through_to_engine(monkeypatch)


numbers = count()


def new_client(scenario: Scenario) -> Client:
    """Return a client of a new account in which all that goes before has happened."""
    account = f"account{next(numbers)}"
    accounts.create(account)
    client = Client(key_creation.create_key(account))
    for act in (lambda client: client.list("applications"), *scenario.before):
        assert act(client).status < 300
    return client


def seen(client: Client) -> list[Any]:
    """Return all that a client sees of its account."""
    return [client.list(name).json for name in ("applications", "entities", "associations")]


def undisturbed(wire: Wire, scenario: Scenario) -> tuple[list[str], list[Any]]:
    """Return the calls that an operation makes when nothing fails, and what is seen after it."""
    client = new_client(scenario)
    wire.requests.clear()
    assert scenario.act(client).status == scenario.status
    return list(wire.operations), seen(client)


@EVERY_SCENARIO
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_one_fault_at_any_call_is_not_noticed(
    database: "DynamoDBClient", table: str, wire: Wire, scenario: Scenario, fault: Answer
) -> None:
    calls, outcome = undisturbed(wire, scenario)
    for position in range(len(calls)):
        client = new_client(scenario)
        wire.then(*[passed] * position, fault)
        assert scenario.act(client).status == scenario.status
        assert not wire.script
        assert seen(client) == outcome
    check_agreement(database, table)


@EVERY_SCENARIO
@pytest.mark.parametrize("fault", TRANSACTION_FAULTS.values(), ids=TRANSACTION_FAULTS)
def test_a_passing_conflict_in_any_transaction_is_not_noticed(
    database: "DynamoDBClient", table: str, wire: Wire, scenario: Scenario, fault: Answer
) -> None:
    calls, outcome = undisturbed(wire, scenario)
    for position, operation in enumerate(calls):
        if operation == "TransactWriteItems":
            client = new_client(scenario)
            wire.then(*[passed] * position, fault, fault)
            assert scenario.act(client).status == scenario.status
            assert not wire.script
            assert seen(client) == outcome
    check_agreement(database, table)


@EVERY_SCENARIO
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_that_lasts_from_any_call_on_leaves_nothing_half_done(
    database: "DynamoDBClient", table: str, wire: Wire, scenario: Scenario, fault: Answer
) -> None:
    calls, outcome = undisturbed(wire, scenario)
    between = seen(new_client(scenario._replace(before=(*scenario.before, *scenario.between))))
    for position in range(len(calls)):
        client = new_client(scenario)
        before = seen(client)
        wire.then(*[passed] * position)
        wire.always(fault)
        answer = scenario.act(client)
        wire.otherwise = None
        assert answer.json["requestError"]["serviceException"] in ANSWERS[answer.status]
        assert seen(client) in (before, between, outcome)
    check_agreement(database, table)


ANSWERS = {
    429: [{"messageId": "TOO_MANY_REQUESTS", "text": "Too many requests"}],
    500: [{"messageId": "GENERAL_ERROR", "text": "Something went wrong. Please contact support."}],
}
