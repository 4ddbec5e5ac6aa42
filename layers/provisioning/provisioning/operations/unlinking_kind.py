"""The kind of operation that deletes the associations that match a filter.

Associations whose application or entity is gone are left to its deletion.
"""

import json
from collections.abc import Iterator

from provisioning.core import identities
from provisioning.operations.move import Move, deletion_of
from provisioning.operations.operation_kind import OperationKind
from provisioning.resources import association_items, parents
from provisioning.resources.filters import meets
from provisioning.table.items import Item
from provisioning.table.operation_types import Shard
from provisioning.table.primary_keys import KeyRange


def _key_range(shard: Shard) -> KeyRange:
    return KeyRange(shard["partition"])


def _moves(shard: Shard, found: list[Item]) -> Iterator[Move]:
    filters = json.loads(shard["filter"])
    matching = [
        (item, association_items.parents_of(identities.of(item)))
        for item in found
        if meets(item, filters)
    ]
    wanted = {parent for _, its_parents in matching for parent in its_parents.values()}
    present = parents.find(shard["accountId"], wanted)
    for item, its_parents in matching:
        if association_items.are_unchanged(present, its_parents, item):
            yield deletion_of(item)


UNLINK = OperationKind("UNLINK", _key_range, _moves, can_cancel=True)
