"""Works off a batch of stream records, each by itself (docs/adr/0062)."""

from collections.abc import Callable, Mapping
from typing import Any

from provisioning.core.log import logger

Record = Mapping[str, Any]
"""A record of a table's stream, as Lambda hands it to a function."""


def process(event: Mapping[str, Any], handle: Callable[[Record], None]) -> dict[str, Any]:
    """Handle every record of an event, and return those that failed in the form Lambda asks for.

    Lambda delivers again from the first failed record on (AWS, "Partial batch responses"), so
    what handles a record must stand being called twice for it.

    Args:
        event: What the table's stream sends a function.
        handle: Handles one record; whatever it raises is logged and makes the record fail.
    """
    failures = []
    for record in event["Records"]:
        try:
            handle(record)
        except Exception:  # noqa: BLE001 - one record must not keep back the others
            logger.exception("A stream record failed")
            failures.append({"itemIdentifier": record["dynamodb"]["SequenceNumber"]})
    return {"batchItemFailures": failures}
