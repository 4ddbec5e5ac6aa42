"""docs/access-patterns.md: each row of the table is run, and costs what it says."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from local.settings import PROJECT
from provisioning.accounts import authentication, key_creation, principals
from provisioning.operations import lookup, worker
from provisioning.table import dynamodb
from tests.support.client import ROOT, Client, Context, load_function
from tests.support.queues import Queues, event_of, failed, queued
from tests.support.senders import STRATEGIES
from tests.support.transport import through_to_engine

PAGE = (PROJECT / "docs" / "access-patterns.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if re.match(r"\| (?!operation \|)", line)
]

SHOP = {
    "resourceType": "NUMBER",
    "channel": "SMS",
    "applicationId": "shop",
    "entityId": None,
    "resourceId": "447700900123",
}
CUSTOMER = SHOP | {"entityId": "customer"}
DOMAIN = {"resourceType": "DOMAIN", "channel": "EMAIL", "resourceId": "shop.example"}
NEW = {"resourceId": "447700900456"}


def _first_request(client: Client) -> None:
    authentication._cache.clear()
    client.call("POST", f"{ROOT}/associations", body={})


def find_owner(client: Client) -> None:
    """Link a domain, and ask whose it is."""
    client.link(DOMAIN | {"applicationId": "shop"})
    client.call("GET", f"{ROOT}/resources/DOMAIN/shop.example")


def delete_strategy() -> None:
    """Create a sending strategy, and delete it."""
    client = strategist()
    made = client.call("POST", STRATEGIES, body={"platform": {"applicationId": "shop"}}).json
    client.call("DELETE", f"{STRATEGIES}/{made['sendingStrategyId']}")


def list_unassigned(client: Client) -> None:
    """Link a domain to ``default`` alone, and list the unassigned ones."""
    client.link(DOMAIN | {"applicationId": "default"})
    client.call("GET", f"{ROOT}/resources", query={"unassigned": "true", "channel": "EMAIL"})


def unlink_shop(client: Client, *, dry_run: bool = False) -> None:
    body = {"filter": {"applicationId": "shop"}, "dryRun": dry_run}
    client.call("POST", f"{ROOT}/associations/unlink", body=body)


PATTERNS: dict[str, Callable[[Client], Any]] = {
    "look up an API key": _first_request,
    "create an application": lambda client: client.create("applications", "blog"),
    "get an application": lambda client: client.get("applications", "shop"),
    "list applications": lambda client: client.list("applications"),
    "rename an application": lambda client: client.rename("applications", "shop", {}),
    "delete an application": lambda client: client.delete("applications", "shop"),
    "delete an entity": lambda client: client.delete("entities", "customer"),
    "protect an application": lambda client: client.call(
        "PATCH", f"{ROOT}/applications/shop", body={"protected": True}
    ),
    "preview the deletion of an application": lambda client: client.call(
        "GET", f"{ROOT}/applications/shop/impact"
    ),
    "reassign associations": lambda client: client.call(
        "POST",
        f"{ROOT}/associations/reassign",
        body={"filter": {"applicationId": "shop"}, "target": {"entityId": "customer"}},
    ),
    "preview an unlinking": lambda client: unlink_shop(client, dry_run=True),
    "unlink associations": unlink_shop,
    "undo an operation": lambda client: client.call("POST", f"{ended_deletion(client)}/undo"),
    "submit a message": lambda client: client.call(
        "POST", f"{ROOT}/messages", body={"entityId": "customer"}
    ),
    "create an entity that messages name": lambda _: deliver("new"),
    "find that an entity that messages name exists": lambda _: deliver("seen"),
    "the same, in a new hour": lambda _: deliver("customer"),
    "create an association under `default`": lambda client: client.link(
        SHOP | NEW | {"applicationId": "default"}
    ),
    "create an association with an application": lambda client: client.link(SHOP | NEW),
    "create an association with an entity": lambda client: client.link(CUSTOMER | NEW),
    "create an association in the place of a stale one": lambda client: client.link(CUSTOMER),
    "get an association": lambda client: client.single(CUSTOMER),
    "list associations": lambda client: client.list("associations"),
    "list associations of an application": lambda client: client.list(
        "associations", applicationId="shop"
    ),
    "list associations of an entity": lambda client: client.list(
        "associations", entityId="customer"
    ),
    "list associations of both": lambda client: client.list(
        "associations", applicationId="shop", entityId="customer"
    ),
    "list associations without entity": lambda client: client.list("associations", entityId="null"),
    "delete an association": lambda client: client.unlink(SHOP),
    "delete an association with an entity": lambda client: client.unlink(CUSTOMER),
    "link two resources in bulk": lambda client: client.call(
        "POST", f"{ROOT}/associations/bulk", body={"link": [SHOP | NEW, SHOP | {"channel": "MMS"}]}
    ),
    "get an operation": lambda client: client.call("GET", operation_of(client)),
    "list applications by prefix": lambda client: client.list("applications", prefix="sh"),
    "list applications with counts": lambda client: client.list("applications", include="counts"),
    "get the summary of a small account": lambda client: client.call("GET", f"{ROOT}/summary"),
    "get the current API key": lambda client: client.call("GET", f"{ROOT}/current-api-key"),
    "list operations": lambda client: client.list("operations"),
    "create a sending strategy": lambda _: strategist().call(
        "POST", STRATEGIES, body={"platform": {"applicationId": "shop"}}
    ),
    "delete a sending strategy": lambda _: delete_strategy(),
    "list unassigned domains": list_unassigned,
    "list sending strategies": lambda _: strategist().call("GET", STRATEGIES),
    "find who owns a domain": find_owner,
}


def strategist() -> Client:
    """A client whose key has every scope, and was just looked up."""
    client = Client(key_creation.create_key("acme", principals.SCOPES))
    client.list("operations")
    return client


def deliver(entity_id: str) -> None:
    event = event_of(*[queued({"entityId": entity_id})] * 10)
    assert failed(load_function("submissions").handler(event, Context())) == []


def ended_deletion(client: Client) -> str:
    """Delete an application, and return the path of the operation, all of which is done."""
    location = client.delete("applications", "shop").headers["Operation-Location"]
    operation_id = location.rpartition("/")[2]
    worker.advance(lookup.get("acme", operation_id))
    return f"{ROOT}/operations/{operation_id}"


def operation_of(client: Client) -> str:
    (operation,) = client.list("operations").json["results"]
    return f"{ROOT}/operations/{operation['operationId']}"


@pytest.fixture
def sent(
    client: Client, submission_queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> list[tuple[str, Any]]:
    """The calls to DynamoDB, each with its parameters."""
    client.create("applications", "shop")
    client.create("entities", "customer")
    client.link(SHOP)
    client.link(CUSTOMER)
    client.delete("entities", "customer")
    client.create("entities", "customer")
    deliver("seen")
    return through_to_engine(monkeypatch).requests


def read_units(calls: list[tuple[str, Any]]) -> float:
    """What reads cost. Where some are of keys in a batch, all others are of a unit. Each key and
    each query costs at least one unit, also without results, which DynamoDB Local does not report.
    """
    keys = [
        len(asked["Keys"])
        for operation, parameters in calls
        if operation == "BatchGetItem"
        for asked in parameters["RequestItems"].values()
    ]
    operations = [operation for operation, _ in calls]
    if keys:
        return sum(keys) + operations.count("GetItem") + operations.count("Query")
    return max(dynamodb.usage.read_units, operations.count("Query"))


def items_written(calls: list[tuple[str, Any]]) -> str:
    """What was written; before a transaction that takes effect, one may be refused."""
    for operation, parameters in reversed(calls):
        if operation == "TransactWriteItems":
            return f"{len(parameters['TransactItems'])} T"
        if operation == "BatchExecuteStatement":
            return str(len(parameters["Statements"]))
    singles = sum(operation in {"PutItem", "UpdateItem", "DeleteItem"} for operation, _ in calls)
    return str(singles or "")


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_an_access_pattern_has_the_cost_of_the_document(
    row: list[str], client: Client, sent: list[tuple[str, Any]]
) -> None:
    pattern, operations, _, calls, units, items = row
    PATTERNS[pattern](client)
    of_last_request = sent[len(sent) - dynamodb.usage.calls :]
    assert ", ".join(operation for operation, _ in of_last_request) == operations
    assert dynamodb.usage.calls == int(calls)
    assert read_units(of_last_request) == int(units or 0)
    assert items_written(of_last_request) == items


def test_the_page_has_each_pattern_that_is_run() -> None:
    assert [row[0] for row in ROWS] == list(PATTERNS)


def test_nothing_is_ever_scanned() -> None:
    package = PROJECT / "layers" / "provisioning" / "provisioning"
    assert not [
        path for path in package.glob("*.py") if re.search(r"\bscan\(|\"scan\"", path.read_text())
    ]
