"""All kinds of operation. A new kind is added here; the worker needs no change."""

from provisioning.operations.deletion_kind import DELETE_APPLICATION, DELETE_ENTITY
from provisioning.operations.migration_kind import MIGRATE
from provisioning.operations.operation_kind import OperationKind
from provisioning.operations.reassignment_kind import REASSIGN
from provisioning.operations.undo_kind import UNDO
from provisioning.operations.unlinking_kind import UNLINK
from provisioning.table.operation_types import Shard

OPERATION_KINDS = {
    kind.name: kind for kind in (DELETE_APPLICATION, DELETE_ENTITY, REASSIGN, UNLINK, UNDO, MIGRATE)
}


def of(shard: Shard) -> OperationKind:
    """Return the kind of the operation that a shard belongs to."""
    return OPERATION_KINDS[shard["kind"]]
