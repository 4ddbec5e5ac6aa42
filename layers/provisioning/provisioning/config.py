"""The settings of a function, from the environment that template.yaml gives it."""

import json
import os
from functools import cache


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


@cache
def _read_limits(text: str) -> dict[str, int]:
    limits: dict[str, int] = json.loads(text)
    return limits


def limits() -> dict[str, int]:
    """Return what an account may use that has no limits of its own (``LIMITS``, as JSON).

    Without the variable nothing is limited.
    """
    return _read_limits(os.environ.get("LIMITS", "{}"))


def use_table(name: str) -> None:
    """Set the name of the table for this process, for commands that take it as an argument."""
    os.environ["TABLE_NAME"] = name


def use_endpoint(url: str) -> None:
    """Set the URL of DynamoDB for this process, for commands that take it as an argument."""
    os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = url
