"""What a function says of a batch."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from local.worker import Answer


class WholeBatchError(Exception):
    """The function handled no record of a batch, or did not say which."""


def failed_items(answer: Answer, identifiers: Sequence[str], *, reports: bool) -> set[str]:
    """Read which records of a batch a function could not handle.

    Args:
        answer: The function's answer.
        identifiers: What the batch's records are called.
        reports: Whether the event source has ReportBatchItemFailures.

    Returns:
        The identifiers of failed records; none if all is well.

    Raises:
        WholeBatchError: The function failed, or its report makes no sense.
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
