"""The kind of operation that rewrites stored items in the present format.

Nothing changes for clients: items are upgraded whenever they are read, migrated or not. It covers
the items that are kept for good and that the worker may write. Accounts and API keys are out of its
reach (see ``migrations``). What expires within weeks needs no migration: operations and their
journals, tombstones, the audit, records of idempotency. Page indexes and sender pools follow other
items and are built again from them.
"""

from provisioning.core.kinds import KINDS
from provisioning.operations.operation_kind import OperationKind
from provisioning.table import keys, sender_keys
from provisioning.table.operation_types import Shard
from provisioning.table.primary_keys import KeyRange


def ranges(account_id: str) -> list[KeyRange]:
    """Return the key ranges whose items a migration of an account rewrites."""
    return [
        *(keys.parents(account_id, kind) for kind in KINDS.values()),
        keys.associations(account_id),
        *keys.association_links(account_id),
        sender_keys.strategies(account_id),
        sender_keys.all_platform_strategies(account_id),
    ]


def _key_range(shard: Shard) -> KeyRange:
    return KeyRange(shard["partition"])


MIGRATE = OperationKind("MIGRATE", _key_range, rewrites=True, can_undo=False)
