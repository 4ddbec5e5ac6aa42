"""Creates the table on the local engine as the template declares it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config

from local.resources import Resource
from local.settings import ACCESS_KEY, REGION, LocalError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# The engine has no backups, encryption or deletion protection.
_KEPT: Final = ("AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes", "KeySchema")


def client(endpoint: str, access_key: str = ACCESS_KEY) -> "DynamoDBClient":
    """Create a client of the local engine; the access key selects the database within it."""
    return boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=access_key,
        aws_secret_access_key=ACCESS_KEY,
        config=Config(retries={"total_max_attempts": 3}, connect_timeout=5, read_timeout=30),
    )


def create(dynamodb: "DynamoDBClient", table: Resource) -> None:
    """Create the template's table with its indexes, stream and time to live, unless it exists.

    Raises:
        LocalError: A table of this name exists with other keys or another stream.
    """
    wanted = _creation(table.settings)
    try:
        dynamodb.create_table(TableName=table.name, **wanted)
    except dynamodb.exceptions.ResourceInUseException as error:
        existing = dynamodb.describe_table(TableName=table.name)["Table"]
        if _shape(wanted) != _shape(existing):
            message = (
                f"table {table.name} was made from another template; "
                "remove the folder `data` in LOCAL_DIR to start with an empty one"
            )
            raise LocalError(message) from error
        return
    if (expiry := table.settings.get("TimeToLiveSpecification")) and expiry["Enabled"]:
        dynamodb.update_time_to_live(
            TableName=table.name,
            TimeToLiveSpecification={"AttributeName": expiry["AttributeName"], "Enabled": True},
        )


def stream(dynamodb: "DynamoDBClient", table: Resource) -> str:
    """Return the ARN of the table's stream."""
    return dynamodb.describe_table(TableName=table.name)["Table"]["LatestStreamArn"]


def _creation(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Turn CloudFormation's properties of a table into CreateTable's arguments."""
    arguments = {name: settings[name] for name in _KEPT if name in settings}
    if changes := settings.get("StreamSpecification"):
        view = changes["StreamViewType"]
        arguments["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": view}
    return arguments


def _shape(table: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what cannot be changed on a table, in a comparable form."""
    keyed = [table, *table.get("GlobalSecondaryIndexes", ())]
    keys = sorted(
        (one.get("IndexName", ""), key["KeyType"], key["AttributeName"])
        for one in keyed
        for key in one["KeySchema"]
    )
    return keys, table.get("StreamSpecification")
