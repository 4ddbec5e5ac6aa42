"""What a client sees of an operation in several shards, each of which may have failed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from provisioning.core.clock import seconds_since, text
from provisioning.table import items
from provisioning.table.items import Item
from tests.support.client import ROOT, Client
from tests.support.transport import Wire, answered

PATH = f"{ROOT}/operations/1"


def shard(**attributes: object) -> Item:
    """Return a shard that is under way."""
    counts = {"done": 0, "merged": 0, "failed": 0}
    return {
        "working": True,
        "sliceNumber": 1,
        "revision": 1,
        "updatedAt": "2026-11-23T10:00:01.000Z",
        **counts,
    } | attributes


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
        **{
            "requestedAt": "2026-11-23T10:00:00.000Z",
            "startedAt": "2026-11-23T10:00:01.000Z",
        }
        | attributes,
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


def ago(seconds: float) -> str:
    """Return the moment so many seconds before now."""
    return text(datetime.now(UTC) - timedelta(seconds=seconds))


def progress(at: float, done: int, since: float, since_done: int) -> Item:
    """Return how far a shard was at two moments, in seconds before now."""
    return {"at": ago(at), "done": done, "sinceAt": ago(since), "sinceDone": since_done}


def seconds_left(client: Client, wire: Wire, item: Item, *further: Item) -> float:
    """Return in how many seconds an operation ends, as its estimate says."""
    found(wire, item, *further)
    return -seconds_since(client.call("GET", PATH).json["estimatedEndAt"])


COURSES: dict[str, tuple[Callable[[], list[Item]], float]] = {
    "as fast as ever": (lambda: [{"done": 200}], 80),
    "slower at first": (lambda: [{"done": 200, "recent": progress(30, 50, 50, 20)}], 44),
    "faster at first": (lambda: [{"done": 200, "recent": progress(30, 150, 50, 120)}], 100),
    "nearly at a standstill": (lambda: [{"done": 200, "recent": progress(40, 190, 50, 188)}], 160),
    "at a standstill": (lambda: [{"done": 200, "updatedAt": ago(60)}], 160),
    "half of it has ended": (
        lambda: [
            {"done": 100, "updatedAt": ago(25), "working": False},
            {"done": 100, "recent": progress(25, 50, 50, 0)},
        ],
        60,
    ),
    "half of it has just begun": (lambda: [{"done": 150}, {"done": 50, "createdAt": ago(25)}], 64),
    "a part has done nothing": (
        lambda: [{"done": 200}, {"updatedAt": ago(25), "createdAt": ago(25)}],
        80,
    ),
    "clocks were set back": (lambda: [{"done": 200, "recent": progress(-50, 200, 50, 120)}], 100),
}
"""By how an operation went that has moved 200 of 360 in 100 s: its shards, and the seconds left."""


@pytest.mark.parametrize("course", COURSES)
def test_the_end_is_estimated_by_what_all_shards_have_done_of_late(
    client: Client, wire: Wire, course: str
) -> None:
    shards, expected = COURSES[course]
    first, *further = [{"updatedAt": ago(0), **given} for given in shards()]
    begun: Item = {"startedAt": ago(100), "total": 360, "split": bool(further)}
    left = seconds_left(
        client, wire, operation(**begun, **first), *(shard(**each) for each in further)
    )
    assert left == pytest.approx(expected, abs=2)


def test_an_operation_of_a_few_seconds_is_estimated_by_all_of_them(
    client: Client, wire: Wire
) -> None:
    done = {"done": 80, "updatedAt": ago(0), "recent": progress(1, 75, 2, 70)}
    assert seconds_left(
        client, wire, operation(startedAt=ago(8), total=160, **done)
    ) == pytest.approx(8, abs=1)


@pytest.mark.parametrize(
    "attributes",
    [
        lambda: {"done": 3, "startedAt": ago(5 * 86_400), "updatedAt": ago(5 * 86_400 - 1)},
        lambda: {"done": 0, "startedAt": ago(5)},
        lambda: {"done": 300, "startedAt": ago(5), **failure(1, "An internal error")},
        lambda: {"done": 300, "startedAt": ago(5), "endedAt": ago(1), "state": "CANCELLED"},
    ],
    ids=["hardly begun in days", "not begun", "failed", "cancelled"],
)
def test_no_end_is_estimated_where_none_is_in_sight(
    client: Client, wire: Wire, attributes: Callable[[], Item]
) -> None:
    found(wire, {**operation(total=1_000_000), **attributes()})
    answer = client.call("GET", PATH)
    assert answer.status == 200
    assert "estimatedEndAt" not in answer.json
