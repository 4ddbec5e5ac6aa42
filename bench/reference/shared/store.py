"""The table as the reference functions use it: boto3's client, the same calls as the project's.

The same keys, conditions and consistency as in ``provisioning``; no streams, bindings or audit.
"""

import hashlib
import os
import time
import uuid
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

TABLE = os.environ["TABLE_NAME"]
KEY_SECONDS = 5.0

client = boto3.client(
    "dynamodb",
    config=Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard"}),
)
_principals: dict[str, tuple[float, dict[str, Any]]] = {}


class Missing(Exception):
    """What is asked for does not exist."""


class Exists(Exception):
    """What is to be made exists."""


def account_of(authorization: str) -> str | None:
    """Return the account of a request's key, from the process's cache or the table."""
    scheme, _, secret = authorization.partition(" ")
    if scheme != "App" or not secret:
        return None
    digest = hashlib.sha256(secret.encode()).hexdigest()
    cached = _principals.get(digest)
    if cached is None or cached[0] < time.monotonic():
        found = client.get_item(TableName=TABLE, Key=_key(f"SECRET#{digest}", "SECRET"))
        if "Item" not in found:
            return None
        cached = (time.monotonic() + KEY_SECONDS, found["Item"])
        _principals[digest] = cached
    return str(cached[1]["accountId"]["S"])


def _key(partition: str, sort: str) -> dict[str, Any]:
    return {"PK": {"S": partition}, "SK": {"S": sort}}


def _application(account: str, identifier: str) -> dict[str, Any]:
    return _key(f"ACCOUNT#{account}#APPLICATION", identifier.replace("#", "$23"))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _shown(item: dict[str, Any]) -> dict[str, str]:
    shown = {"applicationId": item["id"]["S"]}
    return shown | ({"applicationName": item["name"]["S"]} if "name" in item else {})


def create(account: str, identifier: str, name: str | None) -> None:
    """Create an application."""
    item = _application(account, identifier) | {
        "type": {"S": "application"},
        "id": {"S": identifier},
        "generation": {"S": uuid.uuid4().hex},
        "createdAt": {"S": _now()},
    }
    if name is not None:
        item["name"] = {"S": name}
    try:
        client.put_item(TableName=TABLE, Item=item, ConditionExpression="attribute_not_exists(PK)")
    except ClientError as error:
        _raise(error, Exists)


def get(account: str, identifier: str) -> dict[str, str]:
    """Return an application."""
    key = _application(account, identifier)
    found = client.get_item(TableName=TABLE, Key=key, ConsistentRead=True)
    if "Item" not in found:
        raise Missing
    return _shown(found["Item"])


def rename(account: str, identifier: str, name: str | None) -> None:
    """Set or clear an application's name."""
    try:
        client.update_item(
            TableName=TABLE,
            Key=_application(account, identifier),
            UpdateExpression="SET #name = :name" if name is not None else "REMOVE #name",
            ConditionExpression="attribute_exists(PK)",
            ExpressionAttributeNames={"#name": "name"},
            **({"ExpressionAttributeValues": {":name": {"S": name}}} if name is not None else {}),
        )
    except ClientError as error:
        _raise(error, Missing)


def delete(account: str, identifier: str) -> None:
    """Delete an application and note the reset of what is linked to it."""
    operation = _key(f"ACCOUNT#{account}#OPERATION", uuid.uuid4().hex)
    noted = {"type": {"S": "operation"}, "parentId": {"S": identifier}, "at": {"S": _now()}}
    removal = {
        "TableName": TABLE,
        "Key": _application(account, identifier),
        "ConditionExpression": "attribute_exists(PK)",
    }
    put = {"TableName": TABLE, "Item": operation | noted}
    try:
        client.transact_write_items(TransactItems=[{"Delete": removal}, {"Put": put}])
    except ClientError as error:
        _raise(error, Missing)


def page(account: str, number: int, size: int) -> dict[str, Any]:
    """Return one page of the applications, with its totals."""
    items: list[dict[str, Any]] = []
    pages = client.get_paginator("query").paginate(
        TableName=TABLE,
        ConsistentRead=True,
        KeyConditionExpression="PK = :partition",
        ExpressionAttributeValues={":partition": {"S": f"ACCOUNT#{account}#APPLICATION"}},
    )
    for found in pages:
        items += found["Items"]
    results = [_shown(item) for item in items[number * size : (number + 1) * size]]
    paging = {
        "page": number,
        "size": size,
        "totalPages": -(-len(items) // size),
        "totalResults": len(items),
    }
    return {"results": results, "paging": paging}


def _raise(error: ClientError, outcome: type[Exception]) -> None:
    code = error.response["Error"]["Code"]
    if code in {"ConditionalCheckFailedException", "TransactionCanceledException"}:
        raise outcome from None
    raise error
