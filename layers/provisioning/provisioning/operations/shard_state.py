"""The states of an operation, and the state of a shard after changes."""

from collections.abc import Mapping
from typing import Any, cast

from provisioning.table.items import Attributes
from provisioning.table.operation_types import Shard

PENDING, RUNNING = "PENDING", "RUNNING"
SUCCEEDED, FAILED, CANCELLED = "SUCCEEDED", "FAILED", "CANCELLED"

Changes = Attributes
"""New values of some attributes of an item; None removes one."""


def applied(shard: Shard, changes: Mapping[str, Any]) -> Shard:
    """Return a shard as it is after some changes."""
    changed = {**shard, **changes}
    present = {name: value for name, value in changed.items() if value is not None}
    return cast("Shard", present)


def is_operation(shard: Shard) -> bool:
    """Return whether a shard is its operation's own item."""
    return shard["type"] == "operation"
