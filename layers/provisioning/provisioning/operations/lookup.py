"""Reading operations and their shards."""

from provisioning.accounts.restrictions import NEVER, OPEN, Binding
from provisioning.core.errors import ForbiddenError, NotFoundError
from provisioning.core.kinds import KINDS
from provisioning.core.origins import Origin
from provisioning.paging import pages
from provisioning.table import items, operation_keys, reads
from provisioning.table.items import Item
from provisioning.table.operation_types import Operation, Shard


def get(account_id: str, operation_id: str, binding: Binding = OPEN) -> Operation:
    """Return an operation.

    Raises:
        NotFoundError: There is none, or it has expired, or the API key may not see it.
    """
    item = reads.get(operation_keys.operation(account_id, operation_id))
    if item is None or not is_visible(binding, item):
        raise NotFoundError
    return item


def get_many(account_id: str, operation_ids: set[str]) -> dict[str, Operation]:
    """Return those of some operations that exist, by their ids."""
    wanted = {operation_keys.operation(account_id, operation_id) for operation_id in operation_ids}
    return {item["operationId"]: item for item in reads.batch_get(wanted).values()}


def shards(operation: Operation) -> list[Shard]:
    """Return all shards of an operation, beginning with its own item."""
    return [operation, *further_shards(operation)]


def further_shards(operation: Operation) -> list[Shard]:
    """Return the shards of an operation without its own item."""
    if not operation.get("split"):
        return []
    within = operation_keys.shards(operation["accountId"], operation["operationId"])
    return list(reads.query_all(within))


def shard_ids(operation: Operation) -> list[str]:
    """Return the ids of all shards of an operation, in order."""
    return [operation_keys.shard_id(items.key_of(shard)) for shard in shards(operation)]


def list_page(
    account_id: str, number: int, size: int, binding: Binding = OPEN
) -> pages.Page[Operation]:
    """Return one page of the operations that an API key may see, newest first.

    A restricted API key sees those of each of its applications and entities in turn.
    """
    if binding.is_open:
        return pages.page([operation_keys.operations(account_id)], number, size)
    links = pages.page(
        [
            operation_keys.operation_links(
                account_id, kind, identifier, binding.owned_since(kind, identifier)
            )
            for kind in KINDS.values()
            for identifier in binding.named(kind)
            if binding.owns(kind, identifier) and binding.owned_since(kind, identifier) != NEVER
        ],
        number,
        size,
    )
    listed = [link["operationId"] for link in links.items]
    found = get_many(account_id, set(listed))
    operations = [found[each] for each in listed if each in found]
    return pages.Page(operations, number, size, links.total, links.age)


def is_visible(binding: Binding, operation: Item) -> bool:
    """Return whether an API key may see an operation: whether it could have requested it."""
    if "parentKind" not in operation:
        return binding.is_open
    kind, identifier = KINDS[operation["parentKind"]], operation["parentId"]
    owns = binding.owns(kind, identifier)
    return owns and binding.owned_since(kind, identifier) <= operation["requestedAt"]


def require_changeable(operation: Operation, origin: Origin, binding: Binding) -> None:
    """Check that an API key may undo, resume or cancel an operation.

    That changes associations on both sides of what the operation moved. A restricted key covers
    only its own side, so it may do so with operations that it has requested itself, which move
    nothing to others.

    Raises:
        ForbiddenError: It may not.
    """
    if not may_change(operation, origin, binding):
        raise ForbiddenError


def may_change(operation: Operation, origin: Origin, binding: Binding) -> bool:
    """Return whether an API key may undo, resume or cancel an operation."""
    if binding.is_open:
        return True
    return operation["actor"] == origin.actor and operation.get("target") is None
