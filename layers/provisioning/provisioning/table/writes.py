"""Conditional writes of items: as values, and how they are carried out."""

from __future__ import annotations

import secrets
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from provisioning.core.config import table_name
from provisioning.core.errors import ThrottledError
from provisioning.core.threads import together
from provisioning.table import dynamodb
from provisioning.table.items import encode, encode_value, key_attributes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from provisioning.table.items import Item
    from provisioning.table.primary_keys import Key

TRANSACTION_ITEMS = 100
"""Items in one transaction at most (AWS, "TransactWriteItems")."""
BATCH_STATEMENTS = 25
"""Statements in one batch at most (AWS, "BatchExecuteStatement")."""
BATCH_WRITE_ITEMS = 25
"""Items in one batched write at most (AWS, "BatchWriteItem")."""
BATCHES_AT_ONCE = 4
"""Batches that are written in parallel."""


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
        self.values: dict[str, Any] = {}

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


def create(item: Mapping[str, Any]) -> Write:
    """Return the write that makes an item, on condition that its key is free."""
    expression = _Expression()
    absent = f"attribute_not_exists({expression.name('PK')})"
    return Write("Put", {"Item": encode(item)} | expression.parameters(ConditionExpression=absent))


def put(item: Mapping[str, Any]) -> Write:
    """Return the write that puts an item where it belongs, whatever stands there."""
    return Write("Put", {"Item": encode(item)})


def replace(item: Mapping[str, Any], **expected: Any) -> Write:
    """Return the write that puts an item in the place of one that has the ``expected`` values."""
    expression = _Expression()
    condition = expression.condition(expected)
    return Write(
        "Put", {"Item": encode(item)} | expression.parameters(ConditionExpression=condition)
    )


def update(key: Key, values: Mapping[str, Any], **expected: Any) -> Write:
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


def put_if_at_most(item: Mapping[str, Any], attribute: str, bound: int) -> Write:
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


def increment(key: Key, attribute: str, amount: int, *, above: int, up_to: int) -> Write:
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


def delete(key: Key, **expected: Any) -> Write:
    """Return the write that deletes an item that exists and has the ``expected`` values."""
    return _keyed("Delete", key, expected)


def delete_if_exists(key: Key) -> Write:
    """Return the write that deletes an item, if there still is one."""
    return Write("Delete", {"Key": encode(key_attributes(key))})


def check(key: Key, **expected: Any) -> Write:
    """Return the check, for a transaction, that an item exists and has the ``expected`` values."""
    return _keyed("ConditionCheck", key, expected)


def check_below(key: Key, attribute: str, bound: str) -> Write:
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


def execute(write: Write) -> None:
    """Carry out one write that may be repeated without harm.

    A lost response makes the client send it again: use ``transact`` where the second time would
    fail, and give a created item a mark by which its maker knows it (``creationId``).

    Raises:
        ConditionFailedError: The item is not as expected.
        ThrottledError, UnavailableError: Bounded tries did not get it through.
    """
    dynamodb.call(f"{write.action}Item", TableName=table_name(), **write.parameters)


def transact(writes: Sequence[Write], *, tries: int = dynamodb.CONFLICT_TRIES) -> None:
    """Carry out up to 100 writes, all or none.

    A token makes repetition harmless for ten minutes: when a response is lost, the client's next
    try gets the first one's outcome (AWS, "TransactWriteItems", ClientRequestToken).

    Args:
        writes: What to carry out.
        tries: How often it is tried where other writes to the same items are in the way.

    Raises:
        ConditionFailedError: An item is not as expected.
        ThrottledError, UnavailableError: Bounded tries did not get it through.
    """
    actions = [{w.action: {"TableName": table_name(), **w.parameters}} for w in writes]
    token = secrets.token_hex(16)
    dynamodb.call("TransactWriteItems", tries, TransactItems=actions, ClientRequestToken=token)


def execute_together(writes: Sequence[Write]) -> None:
    """Carry out writes, all or none; one alone needs no transaction, which costs twice as much.

    The first must then bear repetition as in ``write``.

    Raises:
        ConditionFailedError: An item is not as expected.
        ThrottledError, UnavailableError: Bounded tries did not get it through.
    """
    execute(writes[0]) if len(writes) == 1 else transact(writes)


class ItemUpdate(NamedTuple):
    """New values of one item that exists and has the expected ones (None: absent)."""

    key: Key
    values: Item
    expected: Item


def update_each(changes: Sequence[ItemUpdate]) -> int:
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
        response = dynamodb.call("BatchExecuteStatement", Statements=statements)
        effective += sum("Error" not in outcome for outcome in response["Responses"])
    return effective


def _statement(change: ItemUpdate) -> dict[str, Any]:
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
        "Parameters": [encode_value(parameter) for parameter in parameters],
    }


def _quoted(name: str) -> str:
    return f'"{name}"'


def batch_write(puts: Sequence[Mapping[str, Any]], removals: Sequence[Key]) -> None:
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
    for pause in dynamodb.pauses():
        response = dynamodb.call("BatchWriteItem", RequestItems=pending)
        pending = response.get("UnprocessedItems", {})
        if not pending:
            return
        pause()
    raise ThrottledError
