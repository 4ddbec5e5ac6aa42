"""What a client sees of an operation in several shards, each of which may have failed."""

from provisioning.table import items
from provisioning.table.items import Item
from tests.support.client import ROOT, Client
from tests.support.transport import Wire, answered

PATH = f"{ROOT}/operations/1"


def shard(**attributes: object) -> Item:
    """Return a shard that is under way."""
    return {"working": True, "sliceNumber": 1, "revision": 1, "done": 0, "merged": 0} | attributes


def operation(**attributes: object) -> Item:
    """Return an operation that is under way."""
    return shard(
        PK="ACCOUNT#acme#OPERATION",
        SK="1",
        type="operation",
        operationId="1",
        accountId="acme",
        kind="DELETE_APPLICATION",
        parentKind="application",
        parentId="shop",
        state="RUNNING",
        requestedAt="2026-11-23T10:00:00.000Z",
        startedAt="2026-11-23T10:00:01.000Z",
        **attributes,
    )


def failure(minute: int, reason: str) -> Item:
    """Return what a shard has that failed again and again."""
    return {"reason": reason, "failedAt": f"2026-11-23T10:{minute:02}:00.000Z"}


def found(wire: Wire, item: Item, *further: Item) -> None:
    """Let the table have an operation, and the other shards."""
    wire.then(answered(Item=items.encode(item)))
    if further:
        wire.then(answered(Items=[items.encode(item) for item in further]))


def test_the_shards_of_an_operation_are_summed_up(client: Client, wire: Wire) -> None:
    further = [shard(done=20, merged=2), shard(done=300, merged=3, working=False)]
    found(wire, operation(done=1, merged=1, split=True), *further)
    shown = client.call("GET", PATH).json
    assert (shown["state"], shown["done"], shown["merged"]) == ("RUNNING", 321, 6)


def test_an_operation_with_one_shard_takes_one_read(client: Client, wire: Wire) -> None:
    found(wire, operation(done=1))
    assert client.call("GET", PATH).json["done"] == 1
    assert wire.operations == ["GetItem"]


def test_one_failed_shard_fails_the_operation_and_the_latest_failure_is_shown(
    client: Client, wire: Wire
) -> None:
    earlier, later = failure(1, "An internal error"), failure(2, "The table was throttled")
    further = [shard(done=2, **later), shard(done=3)]
    found(wire, operation(split=True, **earlier), *further)
    shown = client.call("GET", PATH).json
    assert shown["state"] == "FAILED"
    assert (shown["reason"], shown["endedAt"]) == (later["reason"], later["failedAt"])
    assert shown["resume"] == f"POST {PATH}/resume"
    assert shown["done"] == 5


def test_some_failed_attempts_are_no_failure_yet(client: Client, wire: Wire) -> None:
    found(wire, operation(failures=4))
    shown = client.call("GET", PATH).json
    assert shown["state"] == "RUNNING"
    assert {"reason", "resume", "endedAt", "failures"}.isdisjoint(shown)
