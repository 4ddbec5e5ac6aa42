"""The settings of a function, from the environment that template.yaml and Lambda give it."""

import json
import os
from functools import cache
from typing import NamedTuple


class AccessKeys(NamedTuple):
    """The credentials of an AWS role or user; ``token`` belongs to temporary ones."""

    key_id: str
    secret: str
    token: str | None


def table_name() -> str:
    """Return the name of the single table (``TABLE_NAME``).

    Raises:
        KeyError: The environment does not name it.
    """
    return os.environ["TABLE_NAME"]


def submissions_url() -> str:
    """Return the URL of the queue of submissions (``SUBMISSIONS_URL``).

    Raises:
        KeyError: The environment does not name it.
    """
    return os.environ["SUBMISSIONS_URL"]


def dead_submissions_url() -> str:
    """Return the URL of the dead-letter queue of submissions (``DEAD_SUBMISSIONS_URL``).

    Raises:
        KeyError: The environment does not name it.
    """
    return os.environ["DEAD_SUBMISSIONS_URL"]


def dead_records_url() -> str:
    """Return the URL of the dead-letter queue of a function's stream (``DEAD_RECORDS_URL``).

    Raises:
        KeyError: The environment does not name it.
    """
    return os.environ["DEAD_RECORDS_URL"]


@cache
def _read_limits(text: str) -> dict[str, int]:
    limits: dict[str, int] = json.loads(text)
    return limits


def limits() -> dict[str, int]:
    """Return the limits of accounts without limits of their own (``LIMITS``, as JSON).

    Without the variable there are none.
    """
    return _read_limits(os.environ.get("LIMITS", "{}"))


def audit_days() -> int:
    """Return how many days the audit is kept (``AUDIT_DAYS``; 365 by default)."""
    return int(os.environ.get("AUDIT_DAYS", "365"))


def undo_days() -> int:
    """Return how many days an operation can be undone (``UNDO_DAYS``; 7 by default)."""
    return int(os.environ.get("UNDO_DAYS", "7"))


def cors_origin() -> str:
    """Return the origin whose pages may call the API (``CORS_ORIGIN``), ``*`` for all, or ""."""
    return os.environ.get("CORS_ORIGIN", "")


def use_table(name: str) -> None:
    """Set the name of the table for this process, for commands that take it as an argument."""
    os.environ["TABLE_NAME"] = name


def use_endpoint(url: str) -> None:
    """Set the URL of DynamoDB for this process, for commands that take it as an argument."""
    os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = url


def region() -> str | None:
    """Return the AWS region in the environment, if any."""
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")


def endpoint_url(service: str) -> str | None:
    """Return the endpoint that the environment sets for a service instead of AWS's own, if any.

    Args:
        service: The service's name, as in ``AWS_ENDPOINT_URL_DYNAMODB`` (AWS SDKs and Tools
            Reference Guide, "Service-specific endpoints").
    """
    names = (f"AWS_ENDPOINT_URL_{service.upper()}", "AWS_ENDPOINT_URL")
    return next((os.environ[name] for name in names if os.environ.get(name)), None)


def access_keys() -> AccessKeys | None:
    """Return the credentials in the environment, if any.

    In Lambda they are the role's. Under SnapStart there are none: they would expire in the
    snapshot.
    """
    key_id = os.environ.get("AWS_ACCESS_KEY_ID")
    secret = os.environ.get("AWS_SECRET_ACCESS_KEY")
    if not key_id or not secret:
        return None
    return AccessKeys(key_id, secret, os.environ.get("AWS_SESSION_TOKEN") or None)


def has_pydantic_plugins() -> bool:
    """Return whether pydantic may look for plugins (its setting ``PYDANTIC_DISABLE_PLUGINS``)."""
    return os.environ.get("PYDANTIC_DISABLE_PLUGINS") != "__all__"
