"""The kinds of operation that move the associations of a deleted application or entity.

Associations are reset, go to a target, or are deleted. Those that cannot go to the target, because
it or another parent is gone by then, are reset.
"""

import json
from collections.abc import Iterator
from typing import cast

from provisioning.core import identities
from provisioning.core.kinds import APPLICATION, ENTITY, KINDS, Kind
from provisioning.operations import parent_checks
from provisioning.operations.move import Move, deletion_of
from provisioning.operations.operation_kind import OperationKind
from provisioning.operations.shard_state import is_operation
from provisioning.operations.target import Target
from provisioning.resources import association_items, parents, strategy_removal
from provisioning.table.items import Item
from provisioning.table.operation_types import Operation, Shard
from provisioning.table.primary_keys import KeyRange


def _key_range(shard: Shard) -> KeyRange:
    kind = KINDS[shard["parentKind"]]
    return association_items.linked_to(shard["accountId"], kind, shard["parentId"])


def _moves(shard: Shard, found: list[Item]) -> Iterator[Move]:
    deleted = KINDS[shard["parentKind"]], shard["parentId"]
    target = Target.from_members(json.loads(shard["target"])) if "target" in shard else None
    wanted = {deleted}
    if target is not None:
        for item in found:
            wanted |= parent_checks.parents_before_and_after(item, target)
    present = parents.find(shard["accountId"], wanted)
    for item in found:
        if association_items.are_unchanged(
            present, {f"{deleted[0].name}Generation": deleted}, item
        ):
            continue  # It belongs to a parent that was created later with the same id.
        yield deletion_of(item) if shard.get("unlinks") else _move(item, target, present)


def _move(item: Item, target: Target | None, present: parent_checks.Present) -> Move:
    before, progress = identities.of(item), {"cursor": item["SK"]}
    if target is not None:
        after = target.of(before)
        generations = parent_checks.generations_after(present, item, after)
        if generations is not None:
            return Move(before, after, item, generations, progress)
    return Move(before, before.by_default(), item, {}, progress)


def _begin(shard: Shard) -> None:
    """Remove the sending strategies of the deleted application or entity."""
    if not is_operation(shard):
        return
    operation = cast("Operation", shard)
    strategy_removal.remove(
        operation["accountId"],
        KINDS[operation["parentKind"]],
        operation["parentId"],
        {operation["parentGeneration"], *(operation.get("parentFormer") or ())},
        strategy_removal.cause_of(operation),
    )


def _kind_for(parent: Kind) -> OperationKind:
    name = f"DELETE_{parent.name.upper()}"
    return OperationKind(name, _key_range, _moves, _begin, deletes_parent=True)


DELETE_APPLICATION = _kind_for(APPLICATION)
DELETE_ENTITY = _kind_for(ENTITY)

BY_PARENT = {APPLICATION: DELETE_APPLICATION, ENTITY: DELETE_ENTITY}
"""The kind of operation that a deletion starts, by the kind of what is deleted."""
