"""The table of ``tests.support.memory`` understands writes and queries as DynamoDB Local does."""

from typing import Any

import pytest

from provisioning.aws import clients
from provisioning.table import reads, writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.primary_keys import Key, KeyRange
from provisioning.table.writes import Write
from tests.support.memory import Memory

KEYS = [Key("p", sort) for sort in ("a", "b", "ü", "\U0001f600")]
FIRST, SECOND = KEYS[:2]


def item(key: Key, **attributes: Any) -> dict[str, Any]:
    return {"PK": key.partition, "SK": key.sort, **attributes}


STEPS: list[list[Write]] = [
    [writes.create(item(key, n=number, tags=["x"])) for number, key in enumerate(KEYS)],
    [writes.create(item(FIRST, n=9))],
    [writes.update(FIRST, {"n": 5, "tags": None}, n=0)],
    [writes.update(FIRST, {"n": 6}, n=0)],
    [writes.update(SECOND, {"name": "two"}, name=None)],
    [writes.replace(item(SECOND, n=7), n=1)],
    [writes.replace(item(SECOND, n=8), n=1)],
    [writes.check(FIRST, n=5), writes.delete(SECOND, n=7)],
    [writes.check(FIRST, n=6), writes.delete(KEYS[2])],
    [writes.delete_if_exists(SECOND)],
    [writes.put(item(SECOND, n=3))],
    [writes.put_if_at_most(item(SECOND, n=4), "n", 2)],
    [writes.put_if_at_most(item(SECOND, n=4), "n", 3)],
    [writes.increment(SECOND, "n", 2, above=4, up_to=9)],
    [writes.increment(SECOND, "n", 2, above=3, up_to=4)],
    [writes.update(SECOND, {"at": "b"})],
    [writes.check_below(SECOND, "at", "b"), writes.delete(FIRST)],
    [writes.check_below(SECOND, "at", "c"), writes.update(FIRST, {"open": "o", "n": 1})],
    [writes.create(item(Key("q", FIRST.sort), open="o"))],
    [writes.create(item(Key("q", "b"), open="o"))],
    [writes.update(Key("q", "b"), {"open": None})],
]


def outcome(step: list[Write]) -> object:
    try:
        writes.execute_together(step)
    except ConditionFailedError as error:
        return error.found
    return None


def history() -> list[object]:
    """Return what each step and a few reads afterwards return."""
    outcomes: list[object] = [outcome(step) for step in STEPS]
    everything = KeyRange[Any]("p")
    outcomes.append(list(reads.query_all(everything)))
    outcomes.append(list(reads.query_all(everything, backwards=True)))
    outcomes.append(reads.query(everything, after="a", limit=2).items)
    outcomes.append(reads.query(KeyRange[Any]("p", "b", "ü"), limit=5).items)
    outcomes.append(reads.query(everything._replace(attributes=("n", "name"))).items)
    outcomes.append(reads.count(everything))
    outcomes.append(set(reads.query_open("o")))
    outcomes.append(reads.batch_get([FIRST, Key("p", "nothing")]))
    return outcomes


def test_a_history_of_writes_and_reads_is_the_same_on_both(
    table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_the_engine = history()
    memory = Memory()
    monkeypatch.setattr(clients, "call", lambda _client, *given: memory.call(*given))
    assert history() == on_the_engine
    assert any(on_the_engine[: len(STEPS)])
