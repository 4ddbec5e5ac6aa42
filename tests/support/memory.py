"""A table whose calls a test interleaves as it likes, which moto and DynamoDB Local cannot.

moto cannot choose what happens between two calls. This table can, and is fast enough to try
thousands of interleavings; it replaces ``clients.call``.
Each call takes effect at one moment, between two pauses in which others may be let in; a query
returns few items at a time, so that what it counts may change meanwhile. Everything that becomes
of an item is kept as the stream would deliver it.
"""

import time
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from provisioning.aws.clients import ServiceError
from provisioning.table import items
from provisioning.table.items import Attributes
from provisioning.table.reads import BATCH_READ_ITEMS
from provisioning.table.writes import BATCH_STATEMENTS, BATCH_WRITE_ITEMS, TRANSACTION_ITEMS
from tests.support.memory_expressions import holds, projected, update_of, updated

Operation = Callable[[Mapping[str, Any]], dict[str, Any]]


class _Partition:
    """The items of one partition key, or of one key of an index, in order."""

    def __init__(self) -> None:
        self.items: dict[str, Attributes] = {}
        self._order: list[str] = []

    def put(self, key: str, item: Attributes) -> None:
        if key not in self.items:
            insort(self._order, key)
        self.items[key] = item

    def remove(self, key: str) -> None:
        del self.items[key]
        del self._order[bisect_left(self._order, key)]

    def within(self, first: str | None, last: str | None) -> tuple[int, int]:
        """Return where a range of keys begins and ends; Python orders texts as their UTF-8."""
        assert first is None or last is None or first <= last
        start = 0 if first is None else bisect_left(self._order, first)
        return start, len(self._order) if last is None else bisect_right(self._order, last)

    def keys(self, start: int, end: int, count: int, *, forwards: bool) -> list[str]:
        """Return up to ``count`` keys between two places, from the one end or the other."""
        if forwards:
            return self._order[start : min(end, start + count)]
        return self._order[max(start, end - count) : end][::-1]

    def __iter__(self) -> Iterator[Attributes]:
        return map(self.items.__getitem__, self._order)


class Memory:
    """One table.

    Attributes:
        pause: Called before and after each call takes effect.
        doubled: Says of a call whether its first answer is lost, so that the client sends it
            again.
        page: Items that a query returns at once.
        stream: The records of all changes, in order, as Lambda hands them to a function.
    """

    def __init__(self) -> None:
        self.pause: Callable[[], None] = lambda: None
        self.doubled: Callable[[], bool] = lambda: False
        self.page = 1000
        self.stream: list[dict[str, Any]] = []
        self._changes = 0
        self._partitions: defaultdict[str, _Partition] = defaultdict(_Partition)
        self._open: defaultdict[str, dict[str, Attributes]] = defaultdict(dict)
        self._tokens: dict[str, Any] = {}
        self._operations: dict[str, Operation] = {
            "GetItem": self._get_item,
            "BatchGetItem": self._batch_get_item,
            "Query": self._query,
            "PutItem": lambda given: self._single("Put", given),
            "UpdateItem": lambda given: self._single("Update", given),
            "DeleteItem": lambda given: self._single("Delete", given),
            "BatchExecuteStatement": self._batch_execute_statement,
            "BatchWriteItem": self._batch_write_item,
            "TransactWriteItems": self._transact_write_items,
        }

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out an operation, as ``clients.call`` does."""
        self.pause()
        # A transaction's token makes the second time the first one.
        if operation != "TransactWriteItems" and self.doubled():
            self._operations[operation](parameters)
            self.pause()
        answer = self._operations[operation](parameters)
        self.pause()
        return answer

    def items(self, partition: str) -> list[Attributes]:
        """Return the items of a partition in order."""
        return list(map(items.decode, self._partitions[partition]))

    def everything(self) -> Iterator[Attributes]:
        """Yield every item."""
        for partition in list(self._partitions.values()):
            yield from map(items.decode, partition)

    # --- reads -----------------------------------------------------------------------------------

    def _standing(self, key: Mapping[str, Any]) -> Attributes | None:
        partition = self._partitions.get(key["PK"]["S"])
        return None if partition is None else partition.items.get(key["SK"]["S"])

    def _get_item(self, given: Mapping[str, Any]) -> dict[str, Any]:
        item = self._standing(given["Key"])
        return {} if item is None else {"Item": item}

    def _batch_get_item(self, given: Mapping[str, Any]) -> dict[str, Any]:
        ((table, request),) = given["RequestItems"].items()
        assert len(_distinct(request["Keys"])) == len(request["Keys"])
        assert 0 < len(request["Keys"]) <= BATCH_READ_ITEMS
        found = [self._standing(key) for key in request["Keys"]]
        return {"Responses": {table: [item for item in found if item is not None]}}

    def _query(self, given: Mapping[str, Any]) -> dict[str, Any]:
        values = items.decode(given["ExpressionAttributeValues"])
        if "IndexName" in given:
            found = self._open[values[":open"]]
            return {"Items": [_key(found[name]) for name in sorted(found)]}
        partition = self._partitions[values[":partition"]]
        forwards = given.get("ScanIndexForward", True)
        start, end = partition.within(values.get(":first"), values.get(":last"))
        if "ExclusiveStartKey" in given:
            after = given["ExclusiveStartKey"]["SK"]["S"]
            if forwards:
                start = max(start, partition.within(None, after)[1])
            else:
                end = min(end, partition.within(after, None)[0])
        count = min(given.get("Limit", self.page), self.page)
        some = partition.keys(start, end, count, forwards=forwards)
        answer: dict[str, Any] = {"Count": len(some)}
        if given.get("Select") != "COUNT":
            answer["Items"] = projected(given, [partition.items[key] for key in some])
        if len(some) == count:
            answer["LastEvaluatedKey"] = _key(partition.items[some[-1]])
        return answer

    # --- writes ----------------------------------------------------------------------------------

    def _single(self, action: str, given: Mapping[str, Any]) -> dict[str, Any]:
        standing = self._standing(_key(given.get("Key") or given["Item"]))
        if not holds(given, standing):
            raise _refusal("ConditionalCheckFailedException", Item=standing)
        self._apply(action, given)
        return {}

    def _transact_write_items(self, given: Mapping[str, Any]) -> dict[str, Any]:
        token, asked = given["ClientRequestToken"], given["TransactItems"]
        if token in self._tokens:
            assert self._tokens[token] == asked
            return {}
        parts = [next(iter(part.items())) for part in given["TransactItems"]]
        keys = [part.get("Key") or part["Item"] for _, part in parts]
        assert len(_distinct(keys)) == len(parts)
        assert 0 < len(parts) <= TRANSACTION_ITEMS
        reasons = [
            _reason(part, self._standing(key)) for (_, part), key in zip(parts, keys, strict=True)
        ]
        if any(reason["Code"] != "None" for reason in reasons):
            raise _refusal("TransactionCanceledException", CancellationReasons=reasons)
        for action, part in parts:
            self._apply(action, part)
        self._tokens[token] = asked
        return {}

    def _batch_write_item(self, given: Mapping[str, Any]) -> dict[str, Any]:
        (requests,) = given["RequestItems"].values()
        parts = [next(iter(request.items())) for request in requests]
        assert len(_distinct(part.get("Key") or part["Item"] for _, part in parts)) == len(parts)
        assert 0 < len(parts) <= BATCH_WRITE_ITEMS
        for action, part in parts:
            self._apply(action.removesuffix("Request"), part)
        return {}

    def _batch_execute_statement(self, given: Mapping[str, Any]) -> dict[str, Any]:
        assert len(given["Statements"]) <= BATCH_STATEMENTS
        answers: list[dict[str, Any]] = []
        for statement in given["Statements"]:
            part = update_of(statement)
            if not holds(part, self._standing(part["Key"])):
                answers.append({"Error": {"Code": "ConditionalCheckFailed"}})
                continue
            self._apply("Update", part)
            answers.append({})
        return {"Responses": answers}

    def _apply(self, action: str, part: Mapping[str, Any]) -> None:
        key = _key(part.get("Key") or part["Item"])
        old = self._standing(key)
        new = _after(action, part, old, key)
        assert new is None or _key(new) == key
        if new == old:
            return  # for which the stream has no record
        partition_key, sort_key = key["PK"]["S"], key["SK"]["S"]
        place = self._partitions[partition_key]
        place.remove(sort_key) if new is None else place.put(sort_key, new)
        name = f"{sort_key}\0{partition_key}"
        if old is not None and "open" in old:
            del self._open[old["open"]["S"]][name]
        if new is not None and "open" in new:
            self._open[new["open"]["S"]][name] = new
        self.stream.append(self._record(key, old, new))

    def _record(
        self, key: Attributes, old: Attributes | None, new: Attributes | None
    ) -> dict[str, Any]:
        self._changes += 1
        change: dict[str, Any] = {
            "ApproximateCreationDateTime": time.time(),
            "Keys": key,
            "SequenceNumber": f"{self._changes:021}",
        }
        if old is not None:
            change["OldImage"] = old
        if new is not None:
            change["NewImage"] = new
        return {
            "eventID": f"{self._changes:032x}",
            "eventName": "INSERT" if old is None else "REMOVE" if new is None else "MODIFY",
            "eventSource": "aws:dynamodb",
            "eventSourceARN": "arn:aws:dynamodb:memory",
            "dynamodb": change,
        }


def _distinct(keys: Iterable[Mapping[str, Any]]) -> set[tuple[str, str]]:
    """Return the different keys among some items or keys, none of which may be empty."""
    found = {(key["PK"]["S"], key["SK"]["S"]) for key in keys}
    assert all(all(key) for key in found)
    return found


def _key(item: Mapping[str, Any]) -> Attributes:
    return {"PK": item["PK"], "SK": item["SK"]}


def _refusal(code: str, **content: Any) -> ServiceError:
    return ServiceError(400, code, content)


def _reason(part: Mapping[str, Any], standing: Attributes | None) -> dict[str, Any]:
    if holds(part, standing):
        return {"Code": "None"}
    return {"Code": "ConditionalCheckFailed", "Item": standing}


def _after(
    action: str, part: Mapping[str, Any], old: Attributes | None, key: Attributes
) -> Attributes | None:
    """Return the item after a part of a write."""
    match action:
        case "Put":
            return dict(part["Item"])
        case "Update":
            return updated(part, old or key)
        case "Delete":
            return None
    assert action == "ConditionCheck"
    return old
