"""What the projections do with the records of the table's stream."""

from collections.abc import Sequence
from functools import partial

from provisioning.core.threads import together
from provisioning.projections import audit, follower
from provisioning.table.stream_records import StreamRecord


def follow(records: Sequence[StreamRecord]) -> None:
    """Update page indexes and the audit side by side; harmless to repeat."""
    together([partial(follower.follow, records), partial(audit.record, records)])
