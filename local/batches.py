"""Reads which records of a batch have failed."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from local.worker import Answer


class WholeBatchError(Exception):
    """The function failed, or did not say which records failed."""


def failed_items(answer: Answer, identifiers: Sequence[str], *, reports: bool) -> set[str]:
    """Return the identifiers of the records that failed.

    Args:
        answer: The outcome of the invocation.
        identifiers: Identifiers of the batch's records.
        reports: Whether the event source has ReportBatchItemFailures.

    Raises:
        WholeBatchError: The function failed, or its report is invalid.
    """
    if answer.failed:
        raise WholeBatchError
    response = json.loads(answer.payload) if reports else None
    if response is None:
        return set()
    failures = response.get("batchItemFailures") or [] if isinstance(response, dict) else None
    if not isinstance(failures, list):
        raise WholeBatchError
    return {_identifier(failure, identifiers) for failure in failures}


def _identifier(failure: Any, identifiers: Sequence[str]) -> str:
    named = failure.get("itemIdentifier") if isinstance(failure, Mapping) else None
    if named not in identifiers:
        raise WholeBatchError
    return str(named)
