"""Items written straight into the table, as if they were there for long."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from provisioning.core import ids
from provisioning.core.identities import Identity
from provisioning.core.kinds import DEFAULT_APPLICATION
from provisioning.resources import association_items, associations
from provisioning.table import items
from provisioning.table.items import Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

ACCOUNT = "acme"


def association(
    application_id: str = DEFAULT_APPLICATION, entity_id: str | None = None, resource_id: str = "1"
) -> Identity:
    """Return the association of a number."""
    return Identity(
        resource_type="NUMBER",
        channel="SMS",
        application_id=application_id,
        entity_id=entity_id,
        resource_id=resource_id,
    )


def seeds(given: Iterable[Identity]) -> Iterator[Item]:
    """Yield the items of associations whose parents exist, as a client's call makes them."""
    present: dict[tuple[str, str | None], dict[str, str]] = {}
    for wanted in given:
        hangs_on = (wanted.application_id, wanted.entity_id)
        if hangs_on not in present:
            present[hangs_on] = associations._select(
                wanted, associations.generations_for(ACCOUNT, [wanted])
            )
        yield from association_items.items_of(ACCOUNT, wanted, ids.new_id(), present[hangs_on])


def put(database: "DynamoDBClient", table: str, found_items: Iterable[Item]) -> None:
    """Write items in batches, past the code under test."""
    requests: list[Any] = [{"PutRequest": {"Item": items.encode(item)}} for item in found_items]
    for start in range(0, len(requests), 25):
        answer = database.batch_write_item(RequestItems={table: requests[start : start + 25]})
        assert not answer["UnprocessedItems"]


def age_shards(database: "DynamoDBClient", table: str, seconds: float) -> None:
    """Make the last progress of all shards so many seconds old."""
    moment = (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat(timespec="milliseconds")
    for item in database.scan(TableName=table)["Items"]:
        if "open" in item:
            database.update_item(
                TableName=table,
                Key={"PK": item["PK"], "SK": item["SK"]},
                UpdateExpression="SET updatedAt = :moment, awake = :asleep",
                ExpressionAttributeValues={":moment": {"S": moment}, ":asleep": {"BOOL": False}},
            )
