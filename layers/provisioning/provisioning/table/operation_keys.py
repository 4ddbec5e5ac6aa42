"""The primary keys of operations.

======================  ======================================  ====================================
item                    partition key                           sort key
======================  ======================================  ====================================
operation               ``ACCOUNT#<account>#OPERATION``         operation id, reversed: newest first
operation link          ``ACCOUNT#<account>#OPERATIONLINK``     kind and id of the parent, operation
                                                                id reversed
shard of an operation   ``ACCOUNT#<account>#SHARD``             operation id, shard id
journal entry           ``ACCOUNT#<account>#JOURNAL#<shard>``   revision of the shard
======================  ======================================  ====================================

The index ``open`` lists the shards and page indexes that are not finished: partition key ``open``
(one of 16, so that none of its partitions is hot), sort key ``SK``. An item without the attribute
is not in the index.
"""

import hashlib

from provisioning.core.ids import newest_first, time_part
from provisioning.core.kinds import Kind
from provisioning.table.operation_types import JournalItem, Operation, OperationLink, Shard
from provisioning.table.primary_keys import SEPARATOR, Key, KeyRange, part, partition, under


def operation(account_id: str, operation_id: str) -> Key[Operation]:
    """Return the key of an operation."""
    return Key(partition(account_id, "OPERATION"), newest_first(operation_id))


def operations(account_id: str) -> KeyRange[Operation]:
    """Return the range of all operations of an account, newest first."""
    return KeyRange(partition(account_id, "OPERATION"))


def operation_link(
    account_id: str, kind: Kind, identifier: str, operation_id: str
) -> Key[OperationLink]:
    """Return the key of the item that lists an operation under its application or entity."""
    sort = "#".join((kind.name, part(identifier), newest_first(operation_id)))
    return Key(partition(account_id, "OPERATIONLINK"), sort)


def operation_links(
    account_id: str, kind: Kind, identifier: str, since: str = ""
) -> KeyRange[OperationLink]:
    """Return the range of the operations on an application or entity, newest first.

    Args:
        account_id: The account.
        kind: The kind of parent.
        identifier: The id of the parent.
        since: When the first of them was requested; "" for all.
    """
    parts = (kind.name, part(identifier))
    found = under(partition(account_id, "OPERATIONLINK"), *parts)
    if not since:
        return found
    return found._replace(last=SEPARATOR.join((*parts, f"{newest_first(time_part(since))}~")))


def shard(account_id: str, operation_id: str, shard_id: str) -> Key[Shard]:
    """Return the key of a shard of an operation other than its first."""
    return Key(partition(account_id, "SHARD"), f"{operation_id}#{shard_id}")


def shards(account_id: str, operation_id: str) -> KeyRange[Shard]:
    """Return the range of the shards of an operation other than its first."""
    return under(partition(account_id, "SHARD"), operation_id)


def journal(account_id: str, shard_id: str) -> KeyRange[JournalItem]:
    """Return the range of the journal of a shard, by revision.

    Each shard has a partition of its own, as the shards of an operation are processed in parallel.
    """
    return KeyRange(partition(account_id, f"JOURNAL#{shard_id}"))


def journal_entry(account_id: str, shard_id: str, revision: int) -> Key[JournalItem]:
    """Return the key of the journal entry that a shard writes with a revision."""
    return Key(journal(account_id, shard_id).partition, f"{revision:010d}")


def late_shard_id(operation_id: str) -> str:
    """Return the id of the shard that counts the orphans of an operation."""
    return hashlib.sha256(operation_id.encode()).hexdigest()[: len(operation_id)]


def shard_id(work: Key) -> str:
    """Return the id of a shard, from the key of its item."""
    _, separator, further = work.sort.rpartition(SEPARATOR)
    return further if separator else newest_first(work.sort)


OPEN_PARTITIONS = tuple(f"OPEN#{digit}" for digit in "0123456789abcdef")
"""The partition keys of the index ``open``."""


def open_partition(unique_id: str) -> str:
    """Return the partition of the index ``open`` that lists an item, by the end of its id."""
    return f"OPEN#{unique_id[-1]}"
