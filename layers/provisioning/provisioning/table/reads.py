"""Reads of items: by key, in batches, and by range of sort keys.

Reads are strongly consistent: operations rely on seeing every association that was committed
before them (AWS, "DynamoDB read consistency").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NamedTuple

from provisioning.core.config import table_name
from provisioning.core.errors import ThrottledError
from provisioning.table import dynamodb, items
from provisioning.table.formats import decode, upgraded
from provisioning.table.items import encode, key_attributes, key_of
from provisioning.table.primary_keys import ItemT_co, Key, KeyRange

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from provisioning.table.items import Item

BATCH_READ_ITEMS = 100
"""Items in one batched read at most (AWS, "BatchGetItem")."""


class QueryPage(NamedTuple, Generic[ItemT_co]):
    """The items of one Query, and the sort key after which to continue; None at the end."""

    items: list[ItemT_co]
    last: str | None


def get(key: Key[ItemT_co]) -> ItemT_co | None:
    """Return one item, or None."""
    response = dynamodb.call(
        "GetItem", TableName=table_name(), Key=encode(key_attributes(key)), ConsistentRead=True
    )
    return _typed(decode(response["Item"])) if "Item" in response else None


def batch_get(
    wanted: Iterable[Key[ItemT_co]], *, consistent: bool = True, as_stored: bool = False
) -> dict[Key[ItemT_co], ItemT_co]:
    """Return the items that exist, by key, in one call for every hundred.

    Keys that DynamoDB leaves unprocessed are read again, with growing pauses.

    Args:
        wanted: The keys.
        consistent: False for items as they were a moment ago, at half the read units.
        as_stored: Whether to leave items in the format in which they are stored.
    """
    keys = list(dict.fromkeys(wanted))
    found: dict[Key[ItemT_co], ItemT_co] = {}
    for start in range(0, len(keys), BATCH_READ_ITEMS):
        request = {
            "Keys": [encode(key_attributes(key)) for key in keys[start : start + BATCH_READ_ITEMS]],
            "ConsistentRead": consistent,
        }
        for item in _get_batch(request):
            found[key_of(item)] = _typed(item if as_stored else upgraded(item))
    return found


def _get_batch(request: dict[str, Any]) -> Iterator[Any]:
    pending: dict[str, Any] = {table_name(): request}
    for pause in dynamodb.pauses():
        response = dynamodb.call("BatchGetItem", RequestItems=pending)
        yield from (items.decode(item) for item in response["Responses"].get(table_name(), ()))
        pending = response.get("UnprocessedKeys", {})
        if not pending:
            return
        pause()
    raise ThrottledError(reason="BatchGetItem left items unprocessed at every attempt")


OPEN_INDEX = "open"
"""The index of unfinished work (its keys: module ``operation_keys``)."""


def query_open(partition: str) -> Iterator[Key]:
    """Yield the keys of unfinished work, from a partition of the index ``open``.

    An index can be behind (AWS, "Global secondary indexes"): listed work may be finished by now,
    and new work appears soon.
    """
    parameters: dict[str, Any] = {
        "IndexName": OPEN_INDEX,
        "KeyConditionExpression": "#open = :open",
        "ExpressionAttributeNames": {"#open": "open"},
        "ExpressionAttributeValues": encode({":open": partition}),
    }
    while True:
        response = dynamodb.call("Query", TableName=table_name(), **parameters)
        yield from (key_of(items.decode(item)) for item in response["Items"])
        if "LastEvaluatedKey" not in response:
            return
        parameters["ExclusiveStartKey"] = response["LastEvaluatedKey"]


def query(
    key_range: KeyRange[ItemT_co],
    *,
    after: str | None = None,
    limit: int | None = None,
    backwards: bool = False,
    consistent: bool = True,
    as_stored: bool = False,
) -> QueryPage[ItemT_co]:
    """Return the items of one Query (at most 1 MB) of a range, in the order of their sort keys.

    Args:
        key_range: The range.
        after: The sort key after which to start.
        limit: The maximum number of items.
        backwards: From the last to the first.
        consistent: Whether it sees all earlier writes; if not, it costs half.
        as_stored: Whether to leave items in the format in which they are stored.
    """
    parameters: dict[str, Any] = _key_condition(key_range)
    if after is not None:
        parameters["ExclusiveStartKey"] = encode(key_attributes(Key(key_range.partition, after)))
    if limit is not None:
        parameters["Limit"] = limit
    response = dynamodb.call(
        "Query",
        TableName=table_name(),
        ConsistentRead=consistent,
        ScanIndexForward=not backwards,
        **parameters,
        **_projection(key_range.attributes),
    )
    last = response.get("LastEvaluatedKey")
    read = items.decode if as_stored else decode
    return QueryPage(
        [_typed(read(item)) for item in response["Items"]],
        items.decode(last)["SK"] if last else None,
    )


def _projection(attributes: tuple[str, ...]) -> dict[str, Any]:
    if not attributes:
        return {}
    names = {f"#{name}": name for name in ("SK", *attributes)}
    return {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}


def _key_condition(key_range: KeyRange) -> dict[str, Any]:
    condition, values = "PK = :partition", {":partition": key_range.partition}
    if key_range.first is not None and key_range.last is not None:
        condition += " AND SK BETWEEN :first AND :last"
        values |= {":first": key_range.first, ":last": key_range.last}
    elif key_range.first is not None:
        condition += " AND SK >= :first"
        values[":first"] = key_range.first
    elif key_range.last is not None:
        condition += " AND SK <= :last"
        values[":last"] = key_range.last
    return {"KeyConditionExpression": condition, "ExpressionAttributeValues": encode(values)}


def count(key_range: KeyRange, *, limit: int | None = None, consistent: bool = True) -> int:
    """Return how many items a range has; if more than ``limit``, a number of at least that.

    Args:
        key_range: The range.
        limit: The number of items after which counting stops.
        consistent: Whether it sees all earlier writes; if not, it costs half.
    """
    parameters = {
        "TableName": table_name(),
        "Select": "COUNT",
        "ConsistentRead": consistent,
        **({} if limit is None else {"Limit": limit}),
        **_key_condition(key_range),
    }
    total = 0
    while limit is None or total < limit:
        response = dynamodb.call("Query", **parameters)
        total += response["Count"]
        if "LastEvaluatedKey" not in response:
            break
        parameters["ExclusiveStartKey"] = response["LastEvaluatedKey"]
    return total


def query_sort_keys(key_range: KeyRange) -> Iterator[str]:
    """Yield every sort key of a range in order, at the cost of reading the items."""
    parameters = {
        "TableName": table_name(),
        "ProjectionExpression": "SK",
        "ConsistentRead": True,
        **_key_condition(key_range),
    }
    while True:
        response = dynamodb.call("Query", **parameters)
        for item in response["Items"]:
            yield item["SK"]["S"]
        if "LastEvaluatedKey" not in response:
            return
        parameters["ExclusiveStartKey"] = response["LastEvaluatedKey"]


def query_pages(
    key_range: KeyRange[ItemT_co],
    limit: int | None = None,
    *,
    backwards: bool = False,
    consistent: bool = True,
) -> Iterator[list[ItemT_co]]:
    """Yield the items of a range in the order of their sort keys, a list for each call.

    Args:
        key_range: The range.
        limit: The maximum number of items of a call; None for 1 MB.
        backwards: From the last to the first.
        consistent: Whether it sees all earlier writes; if not, it costs half.
    """
    after: str | None = None
    while True:
        found = query(
            key_range, after=after, limit=limit, backwards=backwards, consistent=consistent
        )
        yield found.items
        if found.last is None:
            return
        after = found.last


def query_all(
    key_range: KeyRange[ItemT_co], *, backwards: bool = False, consistent: bool = True
) -> Iterator[ItemT_co]:
    """Yield every item of a range in the order of their sort keys, 1 MB in each call."""
    for page in query_pages(key_range, backwards=backwards, consistent=consistent):
        yield from page


def query_stored(key_range: KeyRange[ItemT_co]) -> Iterator[ItemT_co]:
    """Yield every item of a range in the format in which it is stored, 1 MB in each call."""
    after: str | None = None
    while True:
        found = query(key_range, after=after, as_stored=True)
        yield from found.items
        if found.last is None:
            return
        after = found.last


def _typed(item: Item) -> Any:
    """Return an item. Its type is the one of the key under which it was read."""
    return item
