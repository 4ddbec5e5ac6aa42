"""The units that a call takes, by partition key."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from capacity.buckets import Cost
from capacity.sizes import item_size, value_size, write_units

Document = dict[str, Any]
ItemKey = tuple[str, str]
"""Partition key and sort key."""
SizeBefore = Callable[[ItemKey], int]
"""Returns the size of an item before the call, in bytes."""

_SINGLE_WRITES = {"PutItem": "Put", "UpdateItem": "Update", "DeleteItem": "Delete"}
WRITES = {*_SINGLE_WRITES, "TransactWriteItems", "BatchWriteItem", "BatchExecuteStatement"}
READS = {"GetItem", "Query", "BatchGetItem", "TransactGetItems"}
TRANSACTION = 2
"""How many times the units of a single write, or read, one in a transaction takes."""


@dataclass(frozen=True)
class Part:
    """The effect of a call on one item.

    Attributes:
        action: Put, Update, Delete, ConditionCheck, Statement or Get.
        key: The item's key.
        added: Bytes that the item has afterwards (Put), or gets (Update, Statement).
        creates: Whether it succeeds only where there is no item.
    """

    action: str
    key: ItemKey
    added: int = 0
    creates: bool = False

    def size_after(self, before: int) -> int:
        """Return the bytes of the item afterwards, at most."""
        if self.action == "Put":
            return self.added
        return before + self.added if self.action in {"Update", "Statement"} else before

    def write_units(self, before: int, times: int) -> int:
        """Return the units that it takes of the item's partition."""
        return times * write_units(before, self.size_after(before))


def parts_of(operation: str, document: Document) -> list[Part]:
    """Return the parts of a call, item by item, in its order."""
    if operation in _SINGLE_WRITES:
        return [_part(_SINGLE_WRITES[operation], document)]
    if operation == "TransactWriteItems":
        return [
            _part(action, given)
            for each in document["TransactItems"]
            for action, given in each.items()
        ]
    if operation == "BatchWriteItem":
        return [
            _part(action.removesuffix("Request"), given)
            for requests in document["RequestItems"].values()
            for each in requests
            for action, given in each.items()
        ]
    if operation == "BatchExecuteStatement":
        return [_statement(each) for each in document["Statements"]]
    return list(_gets(operation, document))


def _gets(operation: str, document: Document) -> Iterator[Part]:
    if operation == "BatchGetItem":
        for request in document["RequestItems"].values():
            yield from (Part("Get", key_of(key)) for key in request["Keys"])
    elif operation == "GetItem":
        yield Part("Get", key_of(document["Key"]))
    elif operation == "TransactGetItems":
        yield from (Part("Get", key_of(each["Get"]["Key"])) for each in document["TransactItems"])
    elif operation == "Query" and "IndexName" not in document:
        yield Part("Get", (_queried(document), ""))


def _part(action: str, given: Mapping[str, Any]) -> Part:
    if action == "Put":
        condition = given.get("ConditionExpression", "")
        creates = condition.startswith("attribute_not_exists") and " OR " not in condition
        return Part(action, key_of(given["Item"]), item_size(given["Item"]), creates)
    values = given.get("ExpressionAttributeValues", {}) if action == "Update" else {}
    return Part(action, key_of(given["Key"]), item_size(values))


def key_of(item: Mapping[str, Any]) -> ItemKey:
    """Return the key of an item in DynamoDB's JSON."""
    return item["PK"]["S"], item["SK"]["S"]


def _statement(given: Mapping[str, Any]) -> Part:
    """Read the key from a statement that compares both its attributes with parameters."""
    text, parameters = given["Statement"], given["Parameters"]
    places = {
        name: text.count("?", 0, match.end()) - 1
        for name in ("PK", "SK")
        if (match := re.search(rf'"?{name}"? *= *\?', text))
    }
    key = parameters[places["PK"]]["S"], parameters[places["SK"]]["S"]
    return Part("Statement", key, sum(map(value_size, parameters)))


def _queried(document: Document) -> str:
    """Return the partition key that a Query names."""
    names = document.get("ExpressionAttributeNames", {})
    for name, label in re.findall(r"([#\w]+) *= *(:\w+)", document["KeyConditionExpression"]):
        if names.get(name, name) == "PK":
            return str(document["ExpressionAttributeValues"][label]["S"])
    message = f"no partition key in {document['KeyConditionExpression']!r}"
    raise ValueError(message)


def write_costs(operation: str, parts: list[Part], before: SizeBefore) -> list[Cost]:
    """Return the units of each part of a writing call."""
    times = TRANSACTION if operation == "TransactWriteItems" else 1
    return [Cost(part.key[0], writes=part.write_units(before(part.key), times)) for part in parts]
