"""The settings of a function, from the environment that template.yaml and Lambda give it."""

import json
import os
from functools import cache
from typing import NamedTuple


class Trace(NamedTuple):
    """A request's trace in AWS X-Ray, the segment it is in, and the daemon's address."""

    root: str
    parent: str
    daemon: tuple[str, int]


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


def resolved_senders_url() -> str:
    """Return the URL of the queue of answers to requests for senders (``RESOLVED_SENDERS_URL``).

    Raises:
        KeyError: The environment does not name it.
    """
    return os.environ["RESOLVED_SENDERS_URL"]


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


def use_newer_retries() -> None:
    """Let botocore retry as AWS's SDKs do since 2026, unless the environment decides otherwise.

    These retries heed ``x-amz-retry-after`` and pause for milliseconds after a failure. From 1.44
    on botocore has no others; the SAM CLI pins 1.43. To be called before botocore is imported.
    """
    os.environ.setdefault("AWS_NEW_RETRIES_2026", "true")


def dynamodb_endpoint() -> str | None:
    """Return the URL of DynamoDB in the environment, if it is not that of the region."""
    return os.environ.get("AWS_ENDPOINT_URL_DYNAMODB")


def answer_seconds() -> float:
    """Return how long AWS may be silent during a response (``ANSWER_SECONDS``; 1 by default).

    The local system allows more: DynamoDB Local shares the processor with everything else.
    """
    return float(os.environ.get("ANSWER_SECONDS", "1"))


def region() -> str | None:
    """Return the AWS region in the environment, if any."""
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")


def is_deployed() -> bool:
    """Return whether this is a function's process, in Lambda or in the local system."""
    return "AWS_LAMBDA_FUNCTION_NAME" in os.environ


def is_snapshot() -> bool:
    """Return whether a snapshot is taken of this process, which others are restored from."""
    return os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start"


def sampled_trace() -> Trace | None:
    """Return the trace that Lambda keeps of the current request, or None if it keeps none."""
    header = os.environ.get("_X_AMZN_TRACE_ID", "")
    host, _, port = os.environ.get("AWS_XRAY_DAEMON_ADDRESS", "").partition(":")
    if "Sampled=1" not in header or not port.isdigit():
        return None
    fields = dict(part.partition("=")[::2] for part in header.split(";"))
    if "Root" not in fields or "Parent" not in fields:
        return None
    return Trace(fields["Root"], fields["Parent"], (host, int(port)))
