"""The worker: carries out operations, slice by slice.

A stream record of a shard starts one slice (``advance``). It moves associations for a few seconds,
then writes the shard so that the next record starts the next slice, or ends it.

Why nothing is lost, duplicated or brought back:

* An association is moved by one transaction (``move_transaction``), which deletes it and creates
  (or checks) the one that it becomes.
* The condition of the deletion is the ``creationId``: an association that a client unlinked, that
  another operation moved or that was created again in the meantime is left alone.
* Whether an association is stale is decided by reading its parent after it (see
  ``associations``), so an association of a parent that was created again with the same id stays.
* The same transaction writes the progress and the journal, on condition of the ``revision``. Of
  two workers on the same shard one fails and reads it again, and after a crash the next one
  continues from the last commit. So ``done`` is exact, and so is the journal.
* An association that is moved to a parent that was deleted in the meantime, or created by a client
  at that moment, has a later stream record, which ``orphans`` checks.
* Lists are found by page indexes, which the stream's other consumer maintains. A slice also counts
  its moves before it ends, so that lists are right when the operation says that it is
  done, even if the other consumer is behind. If the slice is cut off, counting is left to it.
* Reads are consistent: a slice that begins after the delete sees every association committed
  before it. One that is committed after it has a later stream record, which ``orphans`` checks.
"""

from provisioning.operations import shard_failures, shard_writes, slices
from provisioning.operations.shard_writes import OvertakenError
from provisioning.table.operation_types import Shard


def advance(record: Shard) -> None:
    """Carry out one slice of a shard.

    Args:
        record: The shard as its stream record has it. If the shard has started a later slice or
            is done, the record is late or a duplicate, and nothing happens.

    Raises:
        ThrottledError, UnavailableError: The table could not be read or written. What was moved is
            recorded; the same record can be tried again.
    """
    while (shard := shard_writes.current(record)) is not None:
        try:
            return slices.run(shard)
        except OvertakenError:
            continue
        except Exception as error:
            shard_failures.note(record, error)
            raise
    return None
