"""No request reads much more than its answer shows, whatever an account holds."""

from collections.abc import Iterator

import pytest

from provisioning.accounts import accounts, key_creation
from provisioning.accounts.key_creation import NewKey
from provisioning.accounts.restrictions import Pair
from provisioning.core.kinds import APPLICATION, ENTITY
from provisioning.core.origins import COMMAND
from provisioning.operations import creation
from provisioning.resources import parents
from provisioning.table import dynamodb, items, page_index_keys
from tests.support import crowd
from tests.support.client import ROOT, Client

LINKS = 2_500
OPERATIONS = 600
BEYOND = 100
"""Read units that a request may cost beyond what its answer shows."""
PARENTS = ((APPLICATION, "dominant"), (ENTITY, "everybody"))


@pytest.fixture
def client(table: str) -> Client:
    """A client of an account with thousands of associations and hundreds of operations."""
    accounts.create(crowd.ACCOUNT)
    for kind, identifier in PARENTS:
        parents.create(crowd.ACCOUNT, kind, identifier, None)
    generations = {
        kind: parents.get(crowd.ACCOUNT, kind, identifier)["generation"]
        for kind, identifier in PARENTS
    }
    made = [dict(item) for item in crowd.items_of(crowd.crowd(LINKS))]
    for item in made:
        if item["applicationId"] == "dominant":
            item["applicationGeneration"] = generations[APPLICATION]
        if item.get("entityId") == "everybody":
            item["entityGeneration"] = generations[ENTITY]
    crowd.write([*made, *(item for number in range(OPERATIONS) for item in operation(number))])
    for partition in page_index_keys.counted_partitions(crowd.ACCOUNT):
        crowd.build(partition)
    return Client(key_creation.create_key(crowd.ACCOUNT))


def operation(number: int) -> list[items.Item]:
    """Return the items of an operation that has ended."""
    kind = "DELETE_APPLICATION"
    made = creation.new_operation(
        crowd.ACCOUNT,
        kind,
        COMMAND,
        parentKind="application",
        parentId="dominant" if number % 2 else f"gone-{number}",
        state="SUCCEEDED",
        working=False,
        awake=False,
        open=None,
    )
    return [made, *creation.links(made)]


def used(client: Client, method: str, path: str, body: object = None) -> tuple[float, int]:
    """Make a request; return its read units, and its status."""
    client.call("GET", f"{ROOT}/applications/default")  # so that the key is known
    path, _, asked = path.partition("?")
    query = dict(part.split("=") for part in asked.split("&")) if asked else {}
    answer = client.call(method, f"{ROOT}/{path}", query=query, body=body)
    return dynamodb.usage.read_units, answer.status


LISTS = (
    "operations?size=1",
    "associations?size=1&entityId=null",
    "associations?size=1&entityId=null&applicationId=dominant",
    "associations?size=1&entityId=everybody&channel=SMS",
    "associations?size=1&resourceId=hot",
    "associations?size=1&resourceId=hot&entityId=everybody",
    "associations?size=1&page=1000",
)
REASSIGNMENT = {
    "filter": {"applicationId": "dominant"},
    "target": {"entityId": None},
    "dryRun": True,
}
OTHERS = (
    ("POST", "associations/reassign", REASSIGNMENT),
    ("GET", "applications/dominant/impact", None),
    ("DELETE", "applications/dominant?onLinked=refuse", None),
)
PAIRS = (
    (Pair("dominant", None),),
    (Pair(None, "everybody"),),
    (Pair("dominant", None), Pair(None, "everybody")),
    (Pair("dominant", "everybody"), Pair(None, "entity/1")),
)


def requests(client: Client) -> Iterator[tuple[Client, str, str, object]]:
    """Yield requests whose answers show little of an account that has much."""
    yield from ((client, "GET", path, None) for path in LISTS)
    yield from ((client, *other) for other in OTHERS)
    for pairs in PAIRS:
        key = Client(key_creation.create(crowd.ACCOUNT, NewKey(pairs=pairs), COMMAND)[1])
        for path in ("associations?size=1", "limits", "operations?size=1"):
            yield key, "GET", path, None


def test_no_request_reads_much_more_than_it_shows(client: Client) -> None:
    dear = {}
    for key, method, path, body in requests(client):
        units, status = used(key, method, path, body)
        assert status in {200, 409}, path
        if units > BEYOND:
            dear[path] = units
    assert dear == {}
    seen = [
        operation["operationId"]
        for page in range(4)
        for operation in client.list("operations", page=str(page), size="200").json["results"]
    ]
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == OPERATIONS
