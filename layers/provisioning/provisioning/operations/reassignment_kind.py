"""The kind of operation that moves the associations that match a filter to a target.

It ends if the target is gone. Associations whose own parent is gone are left to its deletion.
"""

import json
from collections.abc import Iterator

from provisioning.core import identities
from provisioning.operations import parent_checks
from provisioning.operations.move import Move
from provisioning.operations.operation_kind import OperationKind, TargetGoneError
from provisioning.operations.parent_checks import Present
from provisioning.operations.target import Target
from provisioning.resources import association_items, parents
from provisioning.resources.filters import meets
from provisioning.table.items import Item
from provisioning.table.operation_types import Shard
from provisioning.table.primary_keys import KeyRange


def _key_range(shard: Shard) -> KeyRange:
    return KeyRange(shard["partition"])


def _moves(shard: Shard, found: list[Item]) -> Iterator[Move]:
    filters = json.loads(shard["filter"])
    target = Target.from_members(json.loads(shard["target"]))
    matching = [item for item in found if meets(item, filters)]
    wanted = target.parents()
    for item in matching:
        wanted |= parent_checks.parents_before_and_after(item, target)
    present = parents.find(shard["accountId"], wanted)
    _require_target(target, present)
    for item in matching:
        before = identities.of(item)
        after, current = target.of(before), association_items.parents_of(before)
        if after == before or not association_items.are_unchanged(present, current, item):
            continue
        generations = parent_checks.generations_after(present, item, after)
        if generations is not None:
            yield Move(before, after, item, generations, {"cursor": item["SK"]})


def _require_target(target: Target, present: Present) -> None:
    for kind, identifier in sorted(target.parents(), key=lambda parent: parent[0].name):
        if (kind, identifier) not in present and identifier not in kind.built_in:
            message = f"The target {kind.name} {identifier} was deleted"
            raise TargetGoneError(message)


REASSIGN = OperationKind("REASSIGN", _key_range, _moves, can_cancel=True)
