"""Keeps clients right in processes that start from a snapshot of another (Lambda SnapStart).

Ids come from the operating system's randomness, which no snapshot repeats. Credentials are those of
a role, which botocore renews by the wall clock once they are about to expire.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from provisioning.core import config

if TYPE_CHECKING:
    from provisioning.aws.clients import Client


def prepare(client: Client) -> None:
    """Let no process that is restored use what only one may: connections, and pauses by chance."""
    if config.is_snapshot():
        # Lambda's Python brings it.
        from snapshot_restore_py import register_after_restore, register_before_snapshot  # noqa: PLC0415

        register_before_snapshot(client.close)
        register_after_restore(random.seed)  # botocore's pauses would be the same in all of them
