"""The model: admits or refuses each call, and charges its units."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, NamedTuple

from capacity import errors
from capacity.buckets import Buckets, Cost
from capacity.calls import (
    READS,
    TRANSACTION,
    WRITES,
    Document,
    ItemKey,
    Part,
    key_of,
    parts_of,
    write_costs,
)
from capacity.settings import Capacity
from capacity.sizes import item_size

KNOWN_SIZES = 2_000_000
"""Items whose sizes are remembered; then all are forgotten."""
LOOKED_UP = 100
"""Keys in one BatchGetItem at most."""


class Answer(NamedTuple):
    """A response: its status and document."""

    status: int
    document: Document


Forward = Callable[[str, Document], Answer]
"""Sends a call to the engine."""


@dataclass
class Statistics:
    """Calls and units since the last reset.

    Attributes:
        calls: Calls by operation.
        refused: Calls that were refused, as a whole or in part, by operation.
        writes: Write units by partition key.
        reads: Read units by partition key.
    """

    calls: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    writes: Counter[str] = field(default_factory=Counter)
    reads: Counter[str] = field(default_factory=Counter)

    def document(self) -> Document:
        """Return it as JSON."""
        return {
            "calls": dict(self.calls),
            "refused": dict(self.refused),
            "writes": dict(self.writes),
            "reads": dict(self.reads),
        }


class Model:
    """A table's capacity, for calls from any number of threads."""

    def __init__(self, capacity: Capacity, forward: Forward) -> None:
        """Begin with full buckets.

        Args:
            capacity: The limits.
            forward: The way to the engine.
        """
        self._forward = forward
        self._lock = threading.Lock()
        self._sizes: dict[ItemKey, int] = {}
        self.statistics = Statistics()
        self.allow(capacity)

    def allow(self, capacity: Capacity) -> None:
        """Change the limits, and fill the buckets."""
        self.capacity = capacity
        self._buckets = Buckets(capacity)

    def forget(self) -> None:
        """Start the statistics again."""
        self.statistics = Statistics()

    def answer(self, operation: str, document: Document) -> Answer:
        """Answer a call: from the engine, or with the error of AWS."""
        self._note(operation, calls=1)
        if self.capacity.latency:
            time.sleep(self.capacity.latency / 1000)
        with self._lock:
            allowed = self._buckets.call_allowed()
        if not allowed:
            self._note(operation, refused=1)
            return Answer(*errors.account_exceeded())
        if operation in WRITES:
            return self._write(operation, document)
        return (
            self._read(operation, document)
            if operation in READS
            else self._forward(operation, document)
        )

    def _note(self, operation: str, *, calls: int = 0, refused: int = 0) -> None:
        with self._lock:
            self.statistics.calls[operation] += calls
            self.statistics.refused[operation] += refused

    # --- writes ---------------------------------------------------------------------------------

    def _write(self, operation: str, document: Document) -> Answer:
        parts = parts_of(operation, document)
        table = self._table_of(operation, document)
        self._learn_sizes(table, [part.key for part in parts if not part.creates])
        costs = write_costs(operation, parts, lambda key: self._sizes.get(key, 0))
        short = self._admit(costs, alone=not operation.startswith("Batch"))
        if short:
            self._note(operation, refused=1)
            refused = [cost.partition in short or "" in short for cost in costs]
            if operation == "TransactWriteItems":
                return Answer(*errors.cancelled(self.capacity.mode, refused))
            if not operation.startswith("Batch") or (
                operation == "BatchWriteItem" and all(refused)
            ):
                return Answer(*errors.exceeded(self.capacity.mode))
            return self._batch(operation, document, refused)
        answer = self._forward(operation, document)
        self._remember(answer, parts)
        return self._corrected(operation, answer, costs)

    def _admit(self, costs: list[Cost], *, alone: bool) -> set[str]:
        """Take the units of the parts that fit; return the partition keys that have too little."""
        with self._lock:
            short = self._buckets.exhausted(costs)
            taken = [] if short and (alone or "" in short) else costs
            taken = [cost for cost in taken if cost.partition not in short]
            self._buckets.take(taken)
            for cost in taken:
                self.statistics.writes[cost.partition] += cost.writes  # type: ignore[assignment]
        return short

    def _batch(self, operation: str, document: Document, refused: list[bool]) -> Answer:
        """Carry out the parts of a batch that are not refused, and report the others."""
        places = iter(refused)
        if operation == "BatchExecuteStatement":
            kept = [
                each for each, no in zip(document["Statements"], refused, strict=True) if not no
            ]
            answers = (
                self._forward(operation, {**document, "Statements": kept}).document if kept else {}
            )
            answered = iter(answers.get("Responses", ()))
            no = errors.statement_exceeded(self.capacity.mode)
            return Answer(200, {"Responses": [no if each else next(answered) for each in refused]})
        left: Document = {}
        kept_items: Document = {}
        for table, requests in document["RequestItems"].items():
            for request in requests:
                (left if next(places) else kept_items).setdefault(table, []).append(request)
        answer = self._forward(operation, {**document, "RequestItems": kept_items})
        for table, requests in answer.document.get("UnprocessedItems", {}).items():
            left.setdefault(table, []).extend(requests)
        return Answer(answer.status, {**answer.document, "UnprocessedItems": left})

    def _corrected(self, operation: str, answer: Answer, costs: list[Cost]) -> Answer:
        """Correct the units of a transaction, for which the engine ignores sizes."""
        if operation != "TransactWriteItems" or "ConsumedCapacity" not in answer.document:
            return answer
        document = deepcopy(answer.document)
        document["ConsumedCapacity"][0]["CapacityUnits"] = float(sum(c.writes for c in costs))
        return Answer(answer.status, document)

    # --- sizes of items --------------------------------------------------------------------------

    def _table_of(self, operation: str, document: Document) -> str:
        if "TableName" in document:
            return str(document["TableName"])
        if "RequestItems" in document:
            return str(next(iter(document["RequestItems"])))
        if operation == "BatchExecuteStatement":
            return str(document["Statements"][0]["Statement"].split('"')[1])
        (given,) = document["TransactItems"][0].values()
        return str(given["TableName"])

    def _learn_sizes(self, table: str, wanted: list[ItemKey]) -> None:
        """Ask the engine for the sizes of items that are not known, outside all limits."""
        if len(self._sizes) > KNOWN_SIZES:
            self._sizes = {}
        unknown = [key for key in dict.fromkeys(wanted) if key not in self._sizes]
        for start in range(0, len(unknown), LOOKED_UP):
            asked = unknown[start : start + LOOKED_UP]
            keys = [{"PK": {"S": partition}, "SK": {"S": sort}} for partition, sort in asked]
            request = {"RequestItems": {table: {"Keys": keys, "ConsistentRead": True}}}
            found = self._forward("BatchGetItem", request).document.get("Responses", {})
            sizes = dict.fromkeys(asked, 0)
            sizes |= {key_of(item): item_size(item) for item in found.get(table, ())}
            self._sizes |= sizes

    def _remember(self, answer: Answer, parts: list[Part]) -> None:
        """Keep the sizes that are known after a call; after an update it is read again."""
        for part in parts:
            if answer.status == HTTPStatus.OK and part.action in {"Put", "Delete"}:
                self._sizes[part.key] = part.added
            elif part.action != "ConditionCheck":
                self._sizes.pop(part.key, None)

    # --- reads ------------------------------------------------------------------------------------

    def _read(self, operation: str, document: Document) -> Answer:
        parts = parts_of(operation, document)
        wanted = [Cost(part.key[0], reads=1) for part in parts]
        with self._lock:
            short = self._buckets.exhausted(wanted)
        left: Document = {}
        if short:
            self._note(operation, refused=1)
            refused = [part.key[0] in short or "" in short for part in parts]
            if operation != "BatchGetItem" or all(refused):
                return Answer(*errors.exceeded(self.capacity.mode))
            document, left = _parted(document, refused)
            parts = parts_of(operation, document)
        answer = self._forward(operation, {**document, "ReturnConsumedCapacity": "TOTAL"})
        self._charge(operation, document, parts, answer)
        if not left:
            return answer
        return Answer(answer.status, {**answer.document, "UnprocessedKeys": left})

    def _charge(self, operation: str, asked: Document, parts: list[Part], answer: Answer) -> None:
        """Take the units that the engine reports for a read, which it computes as AWS does."""
        used: Any = answer.document.get("ConsumedCapacity", [])
        units = sum(each["CapacityUnits"] for each in (used if isinstance(used, list) else [used]))
        if operation == "Query":  # the engine reports no units for a query without results
            units = max(units, 1.0 if asked.get("ConsistentRead") else 0.5)
        if operation == "TransactGetItems":
            units = float(TRANSACTION * len(parts))
        costs = [Cost(part.key[0], reads=units / len(parts)) for part in parts]
        with self._lock:
            self._buckets.take(costs)
            for cost in costs:
                self.statistics.reads[cost.partition] += cost.reads  # type: ignore[assignment]


def _parted(document: Document, refused: list[bool]) -> tuple[Document, Document]:
    """Return a BatchGetItem without the keys that are refused, and these."""
    places = iter(refused)
    kept: Document = {}
    left: Document = {}
    for table, request in document["RequestItems"].items():
        for key in request["Keys"]:
            side = left if next(places) else kept
            side.setdefault(table, {**request, "Keys": []})["Keys"].append(key)
    return {**document, "RequestItems": kept}, left
