"""Writes: values that state their condition, and the calls that carry them out."""

from __future__ import annotations

import secrets
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from provisioning.core.config import table_name
from provisioning.core.errors import ThrottledError
from provisioning.core.threads import together
from provisioning.table import dynamodb
from provisioning.table.expressions import Expression
from provisioning.table.formats import stamped
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
    """One conditional write: its action (Put, Update, Delete, ConditionCheck) and parameters."""

    action: str
    parameters: dict[str, Any]


def create(item: Mapping[str, Any]) -> Write:
    """Return the write that creates an item, if its key is free."""
    expression = Expression()
    absent = f"attribute_not_exists({expression.name('PK')})"
    return Write(
        "Put", {"Item": encode(stamped(item))} | expression.parameters(ConditionExpression=absent)
    )


def put(item: Mapping[str, Any]) -> Write:
    """Return the write that puts an item, whether or not its key is free."""
    return Write("Put", {"Item": encode(stamped(item))})


def replace(item: Mapping[str, Any], **expected: Any) -> Write:
    """Return the write that replaces an item, if it has the ``expected`` values."""
    expression = Expression()
    condition = expression.condition(expected)
    return Write(
        "Put",
        {"Item": encode(stamped(item))} | expression.parameters(ConditionExpression=condition),
    )


def update(key: Key, values: Mapping[str, Any], **expected: Any) -> Write:
    """Return the write that sets attributes of an item, if it has the ``expected`` values.

    Args:
        key: The item.
        values: The new values; None removes the attribute.
        expected: The values that the item must have; None if the attribute must be absent.
    """
    expression = Expression()
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
    """Return the write that puts an item, if its key is free or ``attribute`` <= ``bound``."""
    expression = Expression()
    absent = f"attribute_not_exists({expression.name('PK')})"
    up_to = f"{expression.name(attribute)} <= {expression.value('bound', bound)}"
    return Write(
        "Put",
        {"Item": encode(stamped(item))}
        | expression.parameters(ConditionExpression=f"{absent} OR {up_to}"),
    )


def increment(key: Key, attribute: str, amount: int, *, above: int, up_to: int) -> Write:
    """Return the write that adds to the number ``attribute`` of an item, if it is within bounds.

    If a response is lost, the write may be sent twice, and the amount added twice.
    """
    expression = Expression()
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
    """Return the write that deletes an item, if it exists and has the ``expected`` values."""
    return _keyed("Delete", key, expected)


def delete_if_exists(key: Key) -> Write:
    """Return the write that deletes an item, whether or not it exists."""
    return Write("Delete", {"Key": encode(key_attributes(key))})


def check(key: Key, **expected: Any) -> Write:
    """Return the check, for a transaction, that an item exists with the ``expected`` values."""
    return _keyed("ConditionCheck", key, expected)


def check_below(key: Key, attribute: str, bound: str) -> Write:
    """Return the check, for a transaction, that an item is absent or its ``attribute`` lower."""
    expression = Expression()
    absent = f"attribute_not_exists({expression.name('PK')})"
    below = f"{expression.name(attribute)} < {expression.value('bound', bound)}"
    return Write(
        "ConditionCheck",
        {"Key": encode(key_attributes(key))}
        | expression.parameters(ConditionExpression=f"{absent} OR {below}"),
    )


def _keyed(action: str, key: Key, expected: Mapping[str, Any]) -> Write:
    expression = Expression()
    condition = expression.condition(expected)
    return Write(
        action,
        {"Key": encode(key_attributes(key))} | expression.parameters(ConditionExpression=condition),
    )


def execute(write: Write) -> None:
    """Carry out one write, which must be safe to repeat.

    If a response is lost, the write is sent again. Use ``transact`` if the second time would fail,
    or give a created item an id by which its creator recognises it (``creationId``).

    Raises:
        ConditionFailedError: The item is not as expected.
    """
    dynamodb.call(f"{write.action}Item", TableName=table_name(), **write.parameters)


def transact(
    writes: Sequence[Write], *, tries: int = dynamodb.CONFLICT_TRIES, paced: bool = False
) -> None:
    """Carry out up to 100 writes, all or none.

    A token makes repetition safe for ten minutes: if a response is lost, the next attempt gets the
    outcome of the first (AWS, "TransactWriteItems", ClientRequestToken).

    Args:
        writes: The writes.
        tries: Attempts while other transactions write the same items.
        paced: Whether a refusal for lack of capacity is raised at once (see ``pace``).

    Raises:
        CapacityExceededError: The capacity of the table was exceeded.
        ConditionFailedError: An item is not as expected.
    """
    actions = [{w.action: {"TableName": table_name(), **w.parameters}} for w in writes]
    token = secrets.token_hex(16)
    dynamodb.call(
        "TransactWriteItems", tries, paced=paced, TransactItems=actions, ClientRequestToken=token
    )


def execute_together(writes: Sequence[Write]) -> None:
    """Carry out writes, all or none. A single one needs no transaction, which costs twice as much.

    A single one must be safe to repeat, as in ``execute``.

    Raises:
        ConditionFailedError: An item is not as expected.
    """
    execute(writes[0]) if len(writes) == 1 else transact(writes)


class ItemUpdate(NamedTuple):
    """New values of an item, if it exists and has the expected ones (None: absent)."""

    key: Key
    values: Item
    expected: Item


def update_each(changes: Sequence[ItemUpdate]) -> list[bool]:
    """Carry out updates independently, 25 in a call, at half the cost of a transaction.

    An update whose condition fails, or that is throttled, is lost. Use this only if that is
    harmless.

    Returns:
        For each, whether it took effect. If a response was lost, this may be False although it did.
    """
    effective: list[bool] = []
    for start in range(0, len(changes), BATCH_STATEMENTS):
        statements = [_statement(change) for change in changes[start : start + BATCH_STATEMENTS]]
        response = dynamodb.call("BatchExecuteStatement", Statements=statements)
        effective += ["Error" not in outcome for outcome in response["Responses"]]
    return effective


def _statement(change: ItemUpdate) -> dict[str, Any]:
    """Return an update in PartiQL, the only form in which a batch has conditions."""
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
    """Put and delete items in batches, in any order and without conditions.

    Use this only for items that follow others, and check afterwards whether those have changed. No
    key may occur twice.
    """
    requests: list[dict[str, Any]] = [
        {"PutRequest": {"Item": encode(stamped(item))}} for item in puts
    ]
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
    raise ThrottledError(reason="BatchWriteItem left items unprocessed at every attempt")
