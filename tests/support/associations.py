"""Associations as clients write them, and what must hold of their items in the table."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from provisioning.resources.association_items import TYPES
from provisioning.table import items

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

IDENTITY = ("applicationId", "resourceType", "channel", "resourceId", "entityId")
MARKS = ("creationId", "applicationGeneration", "entityGeneration")


def sms(
    application_id: str = "default", entity_id: str | None = None, resource_id: str = "447700900123"
) -> dict[str, Any]:
    """Return the association of a number that sends SMS."""
    return {
        "resourceType": "NUMBER",
        "channel": "SMS",
        "applicationId": application_id,
        "entityId": entity_id,
        "resourceId": resource_id,
    }


def shown(association: dict[str, Any]) -> dict[str, Any]:
    """Return an association as answers show it: without members that are null."""
    return {name: value for name, value in association.items() if value is not None}


def stored_items(database: "DynamoDBClient", table: str) -> Iterator[items.Item]:
    """Yield every item of a table."""
    for page in database.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from (items.decode(item) for item in page["Items"])


def check_agreement(database: "DynamoDBClient", table: str) -> None:
    """Assert that no association of a table is half written."""
    expect_agreement(stored_items(database, table))


def expect_agreement(stored: Iterable[items.Item]) -> None:
    """Assert that no association is half written.

    Each one has exactly its entity link and its resource link, with the same marks, and no link
    exists without its association.
    """
    found: dict[str, dict[tuple[str | None, ...], tuple[str | None, ...]]]
    found = {kind: {} for kind in TYPES}
    for item in stored:
        if item.get("type") in found:
            identity = (item["PK"].split("#")[1], *(item.get(name) for name in IDENTITY))
            assert identity not in found[item["type"]], f"{identity} exists twice"
            found[item["type"]][identity] = tuple(item.get(name) for name in MARKS)
    assert found["association"] == found["entityLink"] == found["resourceLink"]
