"""No request reads much more than its answer shows, whatever an account holds."""

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
    made = crowd.items_of(crowd.crowd(LINKS))
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
    query = dict(part.split("=") for part in asked.split("&")) if asked else ()
    answer = client.call(method, f"{ROOT}/{path}", query=query, body=body)
    return dynamodb.usage.read_units, answer.status


def test_no_list_reads_all_that_it_covers(client: Client) -> None:
    lists = [
        "operations?size=1",
        "associations?size=1&entityId=null",
        "associations?size=1&entityId=null&applicationId=dominant",
        "associations?size=1&entityId=everybody&channel=SMS",
        "associations?size=1&resourceId=hot",
        "associations?size=1&resourceId=hot&entityId=everybody",
        "associations?size=1&page=1000",
    ]
    assert {path: found for path in lists if (found := used(client, "GET", path))[0] > BEYOND} == {}


def test_a_preview_and_the_impact_say_what_they_do_not_know(client: Client) -> None:
    body = {"filter": {"applicationId": "dominant"}, "target": {"entityId": None}, "dryRun": True}
    for method, path, given in (
        ("POST", "associations/reassign", body),
        ("GET", "applications/dominant/impact", None),
        ("DELETE", "applications/dominant?onLinked=refuse", None),
    ):
        units, status = used(client, method, path, given)
        assert units <= BEYOND + 25, path
        assert status in {200, 409}


@pytest.mark.parametrize(
    "pairs",
    [
        (Pair("dominant", None),),
        (Pair(None, "everybody"),),
        (Pair("dominant", None), Pair(None, "everybody")),
        (Pair("dominant", "everybody"), Pair(None, "entity/1")),
    ],
    ids=["an application", "an entity", "both", "both of them"],
)
def test_a_restricted_key_reads_no_more(client: Client, pairs: tuple[Pair, ...]) -> None:
    key = Client(key_creation.create(crowd.ACCOUNT, NewKey(pairs=pairs), COMMAND)[1])
    for path in ("associations?size=1", "limits", "operations?size=1"):
        units, status = used(key, "GET", path)
        assert (units <= BEYOND, status) == (True, 200), path


def test_pages_of_operations_are_complete_and_newest_first(client: Client) -> None:
    seen = [
        operation["operationId"]
        for page in range(4)
        for operation in client.list("operations", page=str(page), size="200").json["results"]
    ]
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == OPERATIONS
