"""Items as Python values, and their form in DynamoDB's JSON.

A stored item is a dictionary of strings, integers, booleans, lists and dictionaries. A member that
is ``None`` is an absent attribute.
"""

from collections.abc import Mapping
from typing import Any, cast

from provisioning.table.item_types import KeyAttributes
from provisioning.table.primary_keys import ItemT_co, Key

Item = Mapping[str, Any]
"""Any stored item, or part of one. Its kind has a type of its own (module ``item_types``)."""
Attributes = dict[str, Any]
"""Attributes of an item that are being put together."""


def encode_value(value: Any) -> dict[str, Any]:
    """Return a value in DynamoDB's JSON.

    Raises:
        TypeError: DynamoDB has no type for it here.
    """
    match value:
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case list():
            return {"L": [encode_value(member) for member in value]}
        case dict():
            return {"M": encode(value)}
    message = f"no attribute type for {type(value).__name__}"
    raise TypeError(message)


def decode_value(value: Mapping[str, Any]) -> Any:
    """Return the Python value of a value in DynamoDB's JSON."""
    ((kind, content),) = value.items()
    match kind:
        case "N":
            return int(content)
        case "L":
            return [decode_value(member) for member in content]
        case "M":
            return decode(content)
    return content


def encode(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item in DynamoDB's JSON, without its members that are None."""
    return {name: encode_value(value) for name, value in item.items() if value is not None}


def decode(item: Mapping[str, Any]) -> Attributes:
    """Return an item that came in DynamoDB's JSON (from a call or a stream record) as values."""
    # Most are strings: without a call for each, a list of a hundred is decoded twice as fast.
    return {
        name: value["S"] if "S" in value else decode_value(value) for name, value in item.items()
    }


def key_of(item: Mapping[str, Any]) -> Key:
    """Return the primary key of an item."""
    return Key(item["PK"], item["SK"])


def key_attributes(key: Key) -> KeyAttributes:
    """Return the two attributes that hold a primary key."""
    return {"PK": key.partition, "SK": key.sort}


def new(key: Key[ItemT_co], attributes: Mapping[str, Any]) -> ItemT_co:
    """Return a new item of the kind that its key is for."""
    return cast("ItemT_co", {**key_attributes(key), **attributes})


def generations_of(parent: Mapping[str, Any]) -> set[str]:
    """Return the generations of an application or entity: its own, and those it was restored from.

    Args:
        parent: Its item, or its tombstone.
    """
    return {parent["generation"], *(parent.get("formerGenerations") or ())}
