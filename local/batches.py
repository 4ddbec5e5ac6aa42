"""Reads which records of a batch have failed."""

import json
from collections.abc import Sequence

from local.worker import Answer


def failed_items(answer: Answer, identifiers: Sequence[str], *, reports: bool) -> set[str]:
    """Return the identifiers of the records that failed.

    These are all of them if the function failed or its report is invalid. A report is read
    only if the event source has ReportBatchItemFailures.
    """
    every = set(identifiers)
    if answer.failed:
        return every
    response = json.loads(answer.payload) if reports else None
    try:
        failures = () if response is None else response.get("batchItemFailures") or ()
        named = {failure["itemIdentifier"] for failure in failures}
    except (AttributeError, KeyError, TypeError):
        return every
    return every if named - every else named
