"""The one module that talks to DynamoDB.

Items are plain dictionaries of strings, integers, booleans, lists and dictionaries; a member that
is ``None`` is an absent attribute. Every call is bounded in tries and time, and what is left after
that is an error of this product: nothing of the service's own leaves this module.

Reads are strongly consistent: resets rely on seeing every link committed before them (AWS,
"DynamoDB read consistency").
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, partial
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from provisioning.core.config import table_name
from provisioning.core.errors import CapacityExceededError, ThrottledError, UnavailableError
from provisioning.core.threads import together
from provisioning.table import aws
from provisioning.table.aws import Client, ServiceError
from provisioning.table.connections import UnreachableError
from provisioning.table.credentials import NotConfiguredError
from provisioning.table.keys import Key, KeyRange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

Item = dict[str, Any]
"""An item, or a part of one, as Python values."""

TRANSACTION_ITEMS = 100
"""Items in one transaction at most (AWS, "TransactWriteItems")."""
BATCH_READ_ITEMS = 100
"""Items in one batched read at most (AWS, "BatchGetItem")."""
BATCH_STATEMENTS = 25
"""Statements in one batch at most (AWS, "BatchExecuteStatement")."""
CONFLICT_TRIES = 7
"""Tries of a write that meets another transaction on the same item; waits double from 20 ms."""

_THROTTLES = {
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingError",
    "ThrottlingException",
}
_CONFLICTS = {
    "TransactionConflict",
    "TransactionConflictException",
    "TransactionInProgressException",
}
_CONDITIONS = {"ConditionalCheckFailed", "ConditionalCheckFailedException"}


class ConditionFailedError(Exception):
    """A write found its item in another state than its condition asks for; nothing was written.

    Attributes:
        found: For each write whose condition failed, by its position, the item as it stands, or
            None where there is none.
    """

    def __init__(self, found: dict[int, Item | None]) -> None:
        """Take the items that were found, by the position of their write."""
        super().__init__(f"conditions failed at {sorted(found)}")
        self.found = found


@dataclass
class Usage:
    """What calls to DynamoDB used since the last reset: calls, and read and write units.

    Calls of several threads are all counted.
    """

    calls: int = 0
    read_units: float = 0
    write_units: float = 0
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)

    def add(self, operation: str, response: Mapping[str, Any]) -> None:
        """Count one call and the units that its response reports."""
        consumed = response.get("ConsumedCapacity", ())
        units = sum(
            part["CapacityUnits"]
            for part in (consumed if isinstance(consumed, list) else [consumed])
            if part
        )
        with self._lock:
            self.calls += 1
            if operation in _READS:
                self.read_units += units
            else:
                self.write_units += units

    def reset(self) -> None:
        """Start again from nothing."""
        self.calls, self.read_units, self.write_units = 0, 0, 0


_READS = {"GetItem", "BatchGetItem", "Query"}

usage = Usage()
"""The usage of the invocation under way; a process serves one at a time."""


@cache
def client() -> Client:
    """Return the client of this process (endpoint, region and credentials: the environment's).

    Raises:
        NotConfiguredError: There are no credentials, or no region.
    """
    return Client("dynamodb", "DynamoDB_20120810")


def prepare() -> None:
    """Make the client, so that the first call need not; where nothing is configured, it fails."""
    with suppress(NotConfiguredError):
        client()


def _encode(value: Any) -> dict[str, Any]:
    match value:
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case list():
            return {"L": [_encode(member) for member in value]}
        case dict():
            return {"M": encode(value)}
    message = f"no attribute type for {type(value).__name__}"
    raise TypeError(message)


def _decode(value: Mapping[str, Any]) -> Any:
    ((kind, content),) = value.items()
    match kind:
        case "N":
            return int(content)
        case "L":
            return [_decode(member) for member in content]
        case "M":
            return decode(content)
    return content


def encode(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item in DynamoDB's JSON, without its members that are None."""
    return {name: _encode(value) for name, value in item.items() if value is not None}


def decode(item: Mapping[str, Any]) -> Item:
    """Return an item that came in DynamoDB's JSON (from a call or a stream record) as values."""
    return {name: _decode(value) for name, value in item.items()}


def key_of(item: Mapping[str, Any]) -> Key:
    """Return the primary key of an item."""
    return Key(item["PK"], item["SK"])


def key_attributes(key: Key) -> Item:
    """Return the two attributes that hold a primary key."""
    return {"PK": key.partition, "SK": key.sort}


# --- writes ---------------------------------------------------------------------------------


class Write(NamedTuple):
    """One conditional write, alone or in a transaction.

    Attributes:
        action: What a transaction calls it: Put, Update, Delete or ConditionCheck.
        parameters: Its parameters in DynamoDB's JSON, without the table.
    """

    action: str
    parameters: dict[str, Any]


class _Expression:
    """Builds an expression with placeholders, so that no attribute meets a reserved word."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: Item = {}

    def name(self, attribute: str) -> str:
        placeholder = f"#{attribute}"
        self.names[placeholder] = attribute
        return placeholder

    def value(self, label: str, value: Any) -> str:
        placeholder = f":{label}"
        self.values[placeholder] = value
        return placeholder

    def condition(self, expected: Mapping[str, Any]) -> str:
        terms = [f"attribute_exists({self.name('PK')})"]
        for attribute, value in expected.items():
            if value is None:
                terms.append(f"attribute_not_exists({self.name(attribute)})")
            else:
                terms.append(f"{self.name(attribute)} = {self.value('is_' + attribute, value)}")
        return " AND ".join(terms)

    def parameters(self, **expressions: str) -> dict[str, Any]:
        given: dict[str, Any] = {**expressions, "ExpressionAttributeNames": self.names}
        if self.values:
            given["ExpressionAttributeValues"] = encode(self.values)
        return given | {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}


def create(item: Item) -> Write:
    """Return the write that makes an item, on condition that its key is free."""
    expression = _Expression()
    absent = f"attribute_not_exists({expression.name('PK')})"
    return Write("Put", {"Item": encode(item)} | expression.parameters(ConditionExpression=absent))


def put(item: Item) -> Write:
    """Return the write that puts an item where it belongs, whatever stands there."""
    return Write("Put", {"Item": encode(item)})


def replace(item: Item, **expected: Any) -> Write:
    """Return the write that puts an item in the place of one that has the ``expected`` values."""
    expression = _Expression()
    condition = expression.condition(expected)
    return Write(
        "Put", {"Item": encode(item)} | expression.parameters(ConditionExpression=condition)
    )


def change(key: Key, values: Mapping[str, Any], **expected: Any) -> Write:
    """Return the write that sets ``values`` (None removes one) on an item that exists and has
    the ``expected`` values (None: the attribute is absent).
    """
    expression = _Expression()
    condition = expression.condition(expected)
    settings = [
        f"{expression.name(attribute)} = {expression.value('to_' + attribute, value)}"
        for attribute, value in values.items()
        if value is not None
    ]
    removals = [expression.name(attribute) for attribute, value in values.items() if value is None]
    update = " ".join(
        f"{verb} {', '.join(terms)}"
        for verb, terms in (("SET", settings), ("REMOVE", removals))
        if terms
    )
    return Write(
        "Update",
        {"Key": encode(key_attributes(key))}
        | expression.parameters(ConditionExpression=condition, UpdateExpression=update),
    )


def put_up_to(item: Item, attribute: str, bound: int) -> Write:
    """Return the write that puts an item where there is none, or one whose number ``attribute`` is
    at most ``bound``.
    """
    expression = _Expression()
    absent = f"attribute_not_exists({expression.name('PK')})"
    up_to = f"{expression.name(attribute)} <= {expression.value('bound', bound)}"
    return Write(
        "Put",
        {"Item": encode(item)} | expression.parameters(ConditionExpression=f"{absent} OR {up_to}"),
    )


def add(key: Key, attribute: str, amount: int, *, above: int, up_to: int) -> Write:
    """Return the write that adds to the number ``attribute`` of an item, if it lies within bounds.

    The SDK may send it twice where a response is lost, and the amount is then added twice.
    """
    expression = _Expression()
    name = expression.name(attribute)
    above_value, up_to_value = expression.value("above", above), expression.value("up_to", up_to)
    return Write(
        "Update",
        {"Key": encode(key_attributes(key))}
        | expression.parameters(
            ConditionExpression=f"{name} > {above_value} AND {name} <= {up_to_value}",
            UpdateExpression=f"SET {name} = {name} + {expression.value('amount', amount)}",
        ),
    )


def remove(key: Key, **expected: Any) -> Write:
    """Return the write that deletes an item that exists and has the ``expected`` values."""
    return _keyed("Delete", key, expected)


def discard(key: Key) -> Write:
    """Return the write that deletes an item, if there still is one."""
    return Write("Delete", {"Key": encode(key_attributes(key))})


def require(key: Key, **expected: Any) -> Write:
    """Return the check, for a transaction, that an item exists and has the ``expected`` values."""
    return _keyed("ConditionCheck", key, expected)


def require_below(key: Key, attribute: str, bound: str) -> Write:
    """Return the check, for a transaction, that an item has ``attribute`` below a bound, or is
    absent.
    """
    expression = _Expression()
    absent = f"attribute_not_exists({expression.name('PK')})"
    below = f"{expression.name(attribute)} < {expression.value('bound', bound)}"
    return Write(
        "ConditionCheck",
        {"Key": encode(key_attributes(key))}
        | expression.parameters(ConditionExpression=f"{absent} OR {below}"),
    )


def _keyed(action: str, key: Key, expected: Mapping[str, Any]) -> Write:
    expression = _Expression()
    condition = expression.condition(expected)
    return Write(
        action,
        {"Key": encode(key_attributes(key))} | expression.parameters(ConditionExpression=condition),
    )


def write(single: Write) -> None:
    """Carry out one write that may be repeated without harm.

    A lost response makes the client send it again: use ``transact`` where the second time would
    fail, and give a created item a mark by which its maker knows it (``creationId``).

    Raises:
        ConditionFailedError: The item is not as expected.
        ThrottledError, UnavailableError: Bounded tries did not get it through.
    """
    _call(f"{single.action}Item", TableName=table_name(), **single.parameters)


def transact(writes: Sequence[Write], *, tries: int = CONFLICT_TRIES, paced: bool = False) -> None:
    """Carry out up to 100 writes, all or none.

    A token makes repetition harmless for ten minutes: when a response is lost, the client's next
    try gets the first one's outcome (AWS, "TransactWriteItems", ClientRequestToken).

    Args:
        writes: What to carry out.
        tries: How often it is tried where other writes to the same items are in the way.
        paced: Whether a refusal for lack of capacity is raised at once (see ``pace``).

    Raises:
        ConditionFailedError: An item is not as expected.
        CapacityExceededError: The capacity was exceeded.
        ThrottledError, UnavailableError: Bounded tries did not get it through.
    """
    actions = [{w.action: {"TableName": table_name(), **w.parameters}} for w in writes]
    token = secrets.token_hex(16)
    _call("TransactWriteItems", tries, paced=paced, TransactItems=actions, ClientRequestToken=token)


def write_together(writes: Sequence[Write]) -> None:
    """Carry out writes, all or none; one alone needs no transaction, which costs twice as much.

    The first must then bear repetition as in ``write``.

    Raises:
        ConditionFailedError: An item is not as expected.
        ThrottledError, UnavailableError: Bounded tries did not get it through.
    """
    write(writes[0]) if len(writes) == 1 else transact(writes)


class Change(NamedTuple):
    """New values of one item that exists and has the expected ones (None: absent)."""

    key: Key
    values: Item
    expected: Item


def change_each(changes: Sequence[Change]) -> int:
    """Carry out changes one by one, 25 in a call, at half of what a transaction costs.

    Each has its own outcome: one that finds its item in another state, or is throttled, changes
    nothing. So this is for what does no harm when it is lost.

    Returns:
        How many took effect.

    Raises:
        ThrottledError, UnavailableError: Bounded tries did not get a whole call through.
    """
    effective = 0
    for start in range(0, len(changes), BATCH_STATEMENTS):
        statements = [_statement(change) for change in changes[start : start + BATCH_STATEMENTS]]
        response = _call("BatchExecuteStatement", Statements=statements)
        effective += sum("Error" not in outcome for outcome in response["Responses"])
    return effective


def _statement(change: Change) -> dict[str, Any]:
    """Return a change in PartiQL, the only language of batches with conditions."""
    settings = ", ".join(f"{_quoted(name)} = ?" for name in change.values)
    conditions = [f"{_quoted(name)} = ?" for name in ("PK", "SK")]
    parameters = [*change.values.values(), *change.key]
    for name, value in change.expected.items():
        conditions.append(f"{_quoted(name)} {'IS MISSING' if value is None else '= ?'}")
        parameters.extend(() if value is None else (value,))
    condition = " AND ".join(conditions)
    return {
        "Statement": f"UPDATE {_quoted(table_name())} SET {settings} WHERE {condition}",  # noqa: S608 - values are parameters
        "Parameters": [_encode(parameter) for parameter in parameters],
    }


def _quoted(name: str) -> str:
    return f'"{name}"'


BATCH_WRITE_ITEMS = 25
"""Items in one batched write at most (AWS, "BatchWriteItem")."""
BATCHES_AT_ONCE = 4
"""Batches that are written side by side: each is slow, and none waits for another."""


def write_all(puts: Sequence[Item], removals: Sequence[Key]) -> None:
    """Put and delete items in batches, in any order, whatever stands under their keys.

    Only for copies that follow another item: a batch has no conditions, so who calls this
    must look afterwards whether what it copied still holds. No key may occur twice.

    Raises:
        ThrottledError, UnavailableError: Bounded tries did not get all of it through.
    """
    requests: list[dict[str, Any]] = [{"PutRequest": {"Item": encode(item)}} for item in puts]
    requests += [{"DeleteRequest": {"Key": encode(key_attributes(key))}} for key in removals]
    together(
        [
            partial(_write_batch, {table_name(): requests[start : start + BATCH_WRITE_ITEMS]})
            for start in range(0, len(requests), BATCH_WRITE_ITEMS)
        ],
        BATCHES_AT_ONCE,
    )


def _write_batch(pending: dict[str, Any]) -> None:
    for pause in pauses():
        response = _call("BatchWriteItem", RequestItems=pending)
        pending = response.get("UnprocessedItems", {})
        if not pending:
            return
        pause()
    raise ThrottledError


# --- reads ----------------------------------------------------------------------------------


class Slice(NamedTuple):
    """What one Query returned; ``last`` is where to go on, None when the range is exhausted."""

    items: list[Item]
    last: str | None


def get(key: Key) -> Item | None:
    """Return one item, or None.

    Raises:
        ThrottledError, UnavailableError: Bounded tries did not get it through.
    """
    response = _call(
        "GetItem", TableName=table_name(), Key=encode(key_attributes(key)), ConsistentRead=True
    )
    return decode(response["Item"]) if "Item" in response else None


def get_many(wanted: Iterable[Key]) -> dict[Key, Item]:
    """Return those of the wanted items that exist, in one call for every hundred.

    What DynamoDB leaves unprocessed is asked for again, with growing pauses.

    Raises:
        ThrottledError, UnavailableError: Bounded tries did not get it through.
    """
    keys = list(dict.fromkeys(wanted))
    found: dict[Key, Item] = {}
    for start in range(0, len(keys), BATCH_READ_ITEMS):
        request = {
            "Keys": [encode(key_attributes(key)) for key in keys[start : start + BATCH_READ_ITEMS]],
            "ConsistentRead": True,
        }
        for item in _get_batch(request):
            found[key_of(item)] = item
    return found


def _get_batch(request: dict[str, Any]) -> Iterator[Item]:
    pending: dict[str, Any] = {table_name(): request}
    for pause in pauses():
        response = _call("BatchGetItem", RequestItems=pending)
        yield from (decode(item) for item in response["Responses"].get(table_name(), ()))
        pending = response.get("UnprocessedKeys", {})
        if not pending:
            return
        pause()
    raise ThrottledError


OPEN_INDEX = "open"
"""Name of the index of what is not finished (its keys: module ``keys``)."""


def query_open(partition: str) -> Iterator[Key]:
    """Yield the keys of what is not finished, from a partition of the index ``open``.

    An index is read as it was a moment ago (AWS, "Global secondary indexes"): what is listed may
    be finished by now, and what is missing appears soon.

    Raises:
        ThrottledError, UnavailableError: Bounded tries did not get it through.
    """
    parameters: dict[str, Any] = {
        "IndexName": OPEN_INDEX,
        "KeyConditionExpression": "#open = :open",
        "ExpressionAttributeNames": {"#open": "open"},
        "ExpressionAttributeValues": encode({":open": partition}),
    }
    while True:
        response = _call("Query", TableName=table_name(), **parameters)
        yield from (key_of(decode(item)) for item in response["Items"])
        if "LastEvaluatedKey" not in response:
            return
        parameters["ExclusiveStartKey"] = response["LastEvaluatedKey"]


def query(
    key_range: KeyRange,
    *,
    after: str | None = None,
    limit: int | None = None,
    backwards: bool = False,
) -> Slice:
    """Return one Query's items (at most 1 MB) of a range, in the order of their sort keys.

    Args:
        key_range: Where to look.
        after: The sort key behind which to begin.
        limit: How many items at most.
        backwards: From the last to the first.

    Raises:
        ThrottledError, UnavailableError: Bounded tries did not get it through.
    """
    parameters: dict[str, Any] = _key_condition(key_range)
    if after is not None:
        parameters["ExclusiveStartKey"] = encode(key_attributes(Key(key_range.partition, after)))
    if limit is not None:
        parameters["Limit"] = limit
    response = _call(
        "Query",
        TableName=table_name(),
        ConsistentRead=True,
        ScanIndexForward=not backwards,
        **parameters,
    )
    last = response.get("LastEvaluatedKey")
    return Slice([decode(item) for item in response["Items"]], decode(last)["SK"] if last else None)


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


def count(key_range: KeyRange, *, limit: int | None = None) -> int:
    """Return how many items a range holds, or where there are more than ``limit``, at least that.

    Raises:
        ThrottledError, UnavailableError: Bounded tries did not get it through.
    """
    parameters = {
        "TableName": table_name(),
        "Select": "COUNT",
        "ConsistentRead": True,
        **({} if limit is None else {"Limit": limit}),
        **_key_condition(key_range),
    }
    total = 0
    while limit is None or total < limit:
        response = _call("Query", **parameters)
        total += response["Count"]
        if "LastEvaluatedKey" not in response:
            break
        parameters["ExclusiveStartKey"] = response["LastEvaluatedKey"]
    return total


def query_keys(key_range: KeyRange) -> Iterator[str]:
    """Yield every sort key of a range in order; it costs as much as reading the items.

    Raises:
        ThrottledError, UnavailableError: Bounded tries did not get it through.
    """
    parameters = {
        "TableName": table_name(),
        "ProjectionExpression": "SK",
        "ConsistentRead": True,
        **_key_condition(key_range),
    }
    while True:
        response = _call("Query", **parameters)
        for item in response["Items"]:
            yield item["SK"]["S"]
        if "LastEvaluatedKey" not in response:
            return
        parameters["ExclusiveStartKey"] = response["LastEvaluatedKey"]


def slices(
    key_range: KeyRange, limit: int | None = None, *, backwards: bool = False
) -> Iterator[list[Item]]:
    """Yield the items of a range in the order of their sort keys, as each call returns them.

    Args:
        key_range: Where to look.
        limit: How many items a call reads at most; None for a megabyte.
        backwards: From the last to the first.

    Raises:
        ThrottledError, UnavailableError: Bounded tries did not get it through.
    """
    after: str | None = None
    while True:
        found = query(key_range, after=after, limit=limit, backwards=backwards)
        yield found.items
        if found.last is None:
            return
        after = found.last


def query_all(key_range: KeyRange, *, backwards: bool = False) -> Iterator[Item]:
    """Yield every item of a range in the order of their sort keys, a megabyte a call.

    Raises:
        ThrottledError, UnavailableError: Bounded tries did not get it through.
    """
    for items in slices(key_range, backwards=backwards):
        yield from items


# --- the call -------------------------------------------------------------------------------


def pauses(tries: int = CONFLICT_TRIES) -> Iterator[Callable[[], None]]:
    """Yield, for each try, the pause to make before the next one: full jitter from 20 ms up."""
    for attempt in range(tries):
        yield partial(aws.pause, 0.02 * 2**attempt)


def _call(
    operation: str, tries: int = CONFLICT_TRIES, *, paced: bool = False, **parameters: Any
) -> Any:
    """Call DynamoDB; meet conflicts with further tries, and turn what remains into our errors."""
    parameters["ReturnConsumedCapacity"] = "TOTAL"
    remaining: Exception = ThrottledError()
    for pause in pauses(tries):
        try:
            response = client().call(operation, parameters)
        except ServiceError as error:
            usage.calls += 1
            remaining = _translated(error)
            at_once = paced and isinstance(remaining, CapacityExceededError)
            if at_once or not _is_passing(error):
                raise remaining from error
            pause()
        except UnreachableError as error:
            raise UnavailableError from error
        else:
            usage.add(operation, response)
            return response
    raise remaining if isinstance(remaining, ThrottledError) else ThrottledError()


def _codes(error: ServiceError) -> set[str]:
    """Return why a call failed: its code, or for a cancelled transaction the codes of its parts."""
    reasons = error.document.get("CancellationReasons", ())
    return {reason["Code"] for reason in reasons} - {"None"} or {error.code}


def _is_passing(error: ServiceError) -> bool:
    """Tell whether a pause may help: another write at the same moment is in the way, or a part of
    a transaction was throttled (the client itself only repeats what is throttled as a whole).
    """
    if "CancellationReasons" not in error.document:
        return bool(_codes(error) & _CONFLICTS)
    # A condition that failed beside them says nothing of the items that were in conflict.
    mended = _CONFLICTS | _THROTTLES
    return bool(_codes(error) & mended) and _codes(error) <= mended | _CONDITIONS


def _translated(error: ServiceError) -> Exception:
    codes = _codes(error)
    if codes & _CONDITIONS:
        return ConditionFailedError(_found(error))
    if codes & _THROTTLES:
        return CapacityExceededError()
    if codes & _CONFLICTS:
        return ThrottledError()
    return UnavailableError()


def _found(error: ServiceError) -> dict[int, Item | None]:
    reasons = error.document.get("CancellationReasons")
    if reasons is None:
        reasons = [{"Code": "ConditionalCheckFailed", "Item": error.document.get("Item")}]
    return {
        position: decode(reason["Item"]) if reason.get("Item") else None
        for position, reason in enumerate(reasons)
        if reason["Code"] == "ConditionalCheckFailed"
    }
