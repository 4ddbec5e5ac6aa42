"""What the projections do with the records of the table's stream."""

from collections.abc import Sequence

from provisioning.projections import audit, follower
from provisioning.table.stream_records import StreamRecord


def follow(records: Sequence[StreamRecord]) -> None:
    """Update page indexes, resource links and the audit; harmless to repeat.

    Raises:
        ThrottledError, UnavailableError: The table could not be read or written.
    """
    follower.follow(records)
    audit.record(records)
