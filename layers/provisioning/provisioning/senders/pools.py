"""Pools: the senders of a platform on a channel, kept in one item so that reading them is cheap.

A pool is the resources that are linked to exactly the application and the entity that a message
names (no entity: to the application without entity), without those that are still to be moved from
a deleted namesake. It is read from the associations when a message first needs it, and written to
an item; the follower of the table's stream marks the item when one of these associations comes or
goes, and the next message reads the pool again. So a new sender is used after the stream's delay.
A sender that left is never used, because every choice is checked against the association itself
(module ``resolving``).
"""

import base64
import json
import zlib
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

from provisioning.core import clock
from provisioning.core.kinds import DEFAULT_APPLICATION, VALID_CHANNELS
from provisioning.resources import parents, strategy_items
from provisioning.resources.association_items import Generations, stored_generations
from provisioning.resources.sending_strategies import Platform
from provisioning.senders.selection import Sender
from provisioning.table import items, keys, reads, sender_keys, writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.primary_keys import Key
from provisioning.table.sender_types import PoolItem

MAXIMUM_SENDERS = 10_000
"""Senders of a pool that are used, the first by type and id; 10,000 numbers take about 60 KB."""
KEPT_SECONDS = 300
"""Age at which a pool is read again although nothing has marked it."""
REREAD_SECONDS = 1
"""Age up to which a marked pool is used: bounds the reads while many associations are written."""
CLOCK_SECONDS = 2
"""How far the clocks of two functions may differ."""


def key(account_id: str, platform: Platform, channel: str) -> Key[PoolItem]:
    """Return the key of a pool's item; a platform without application means ``default``."""
    application_id = platform.application_id or DEFAULT_APPLICATION
    return sender_keys.sender_pool(account_id, application_id, platform.entity_id, channel)


def is_fresh(item: PoolItem, generations: Generations) -> bool:
    """Return whether a pool need not be read from the associations.

    Args:
        item: Its item.
        generations: What associations of its present application and entity store.
    """
    if "readAt" not in item or item.get("generations") != generations:
        return False
    age = clock.seconds_since(item["readAt"])
    if age < REREAD_SECONDS:
        return True
    return age < KEPT_SECONDS and not _is_marked(item)


def _is_marked(item: PoolItem) -> bool:
    """Return whether an association may have changed after the pool was read."""
    if "changedAt" not in item:
        return False
    return clock.seconds_between(item["readAt"], item["changedAt"]) > -CLOCK_SECONDS


def senders(item: PoolItem) -> list[Sender]:
    """Return the senders of a pool that ``is_fresh``, by type and id."""
    by_type: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(item["senders"])))
    return [Sender(kind, resource_id) for kind, found in by_type.items() for resource_id in found]


def read(account_id: str, platform: Platform, channel: str) -> list[Sender]:
    """Read a pool from the associations, and store it for the messages that follow.

    Its item exists before the associations are read, so that the follower can mark it meanwhile.
    """
    pool = key(account_id, platform, channel)
    present = reads.get(pool) or _created(pool)
    began = clock.now()
    needed = strategy_items.parents_of(platform)
    existing = parents.generations(account_id, set(needed.values()))
    generations = {name: existing.get(parent, "") for name, parent in needed.items()}
    linked = _linked(account_id, platform, channel, generations)
    found = list(islice(linked, MAXIMUM_SENDERS + 1))
    senders_of_pool = found[:MAXIMUM_SENDERS]
    changes = {
        "senders": _packed(senders_of_pool),
        "readAt": began,
        "generations": generations,
        "truncated": len(found) > len(senders_of_pool) or None,
    }
    # If another reading was stored meanwhile, either will do.
    with suppress(ConditionFailedError):
        writes.execute(writes.update(pool, changes, readAt=present.get("readAt")))
    return senders_of_pool


def _created(pool: Key[PoolItem]) -> PoolItem:
    """Return a pool's item, which is created unless another process has just done so."""
    empty = items.new(pool, {"type": "senderPool"})
    try:
        writes.execute(writes.create(empty))
    except ConditionFailedError:
        return reads.get(pool) or empty
    return empty


def _linked(
    account_id: str, platform: Platform, channel: str, generations: Generations
) -> Iterator[Sender]:
    application_id = platform.application_id or DEFAULT_APPLICATION
    for kind in sorted(kind for kind, channels in VALID_CHANNELS.items() if channel in channels):
        linked = keys.entity_links(account_id, platform.entity_id, kind, channel, application_id)
        for item in reads.query_all(linked):
            if stored_generations(item) == generations:
                yield Sender(item["resourceType"], item["resourceId"])


def _packed(found: list[Sender]) -> str:
    by_type: dict[str, list[str]] = {}
    for sender in found:
        by_type.setdefault(sender.resource_type, []).append(sender.resource_id)
    text = json.dumps(by_type, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode())).decode()
