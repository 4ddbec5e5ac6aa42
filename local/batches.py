"""Reads which records of a batch have failed."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from local.worker import Answer


class WholeBatchError(Exception):
    """The function failed, or did not say which records failed."""


def failed_items(answer: Answer, identifiers: Sequence[str], *, reports: bool) -> set[str]:
    """Read which records of a batch failed.

    Args:
        answer: The outcome of the invocation.
        identifiers: Identifiers of the batch's records.
        reports: Whether the event source has ReportBatchItemFailures.

    Returns:
        The identifiers of the failed records.

    Raises:
        WholeBatchError: The function failed, or its report is invalid.
    """
    if answer.failed:
        raise WholeBatchError
    if not reports:
        return set()
    response = json.loads(answer.payload)
    if response is None:
        return set()
    if not isinstance(response, dict):
        raise WholeBatchError
    failures = response.get("batchItemFailures") or []
    if not isinstance(failures, list):
        raise WholeBatchError
    return {_identifier(failure, identifiers) for failure in failures}


def _identifier(failure: Any, identifiers: Sequence[str]) -> str:
    """Read one entry of a report."""
    named = failure.get("itemIdentifier") if isinstance(failure, Mapping) else None
    if named not in identifiers:
        raise WholeBatchError
    return str(named)
