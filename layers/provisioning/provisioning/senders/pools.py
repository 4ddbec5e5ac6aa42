"""Pools: the senders of a platform on a channel, kept in one item so that reading them is cheap.

A pool is the resources that are linked to exactly the application and the entity that a message
names (no entity: to the application without entity). It is read from the associations when a
message first needs it, and written to an item; the follower of the table's stream marks the item
when one of these associations comes or goes, and the next message reads the pool again. So a new
sender is used after the stream's delay. A sender that left is never used, because every choice is
checked against the association itself (module ``resolving``).
"""

import base64
import json
import zlib
from collections.abc import Iterable
from itertools import islice
from typing import NotRequired, TypedDict

from provisioning.core import clock
from provisioning.core.kinds import DEFAULT_APPLICATION, VALID_CHANNELS
from provisioning.resources.sending_strategies import Platform
from provisioning.senders.selection import Sender
from provisioning.table import items, keys, reads, sender_keys, writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.items import Item
from provisioning.table.primary_keys import Key, KeyRange

MAXIMUM_SENDERS = 10_000
"""Senders of a pool that are used, the first by type and id; 10,000 numbers take about 60 KB."""
KEPT_SECONDS = 300
"""Age at which a pool is read again although nothing has marked it."""
REREAD_SECONDS = 1
"""Age up to which a marked pool is used: bounds the reads while many associations are written."""
CLOCK_SECONDS = 2
"""How far the clocks of two functions may differ."""


class PoolItem(TypedDict):
    """A pool as it is stored.

    Attributes:
        senders: The senders by resource type, as compressed JSON in Base64.
        readAt: When the associations began to be read.
        changedAt: When the follower last saw one of them come or go.
        truncated: Whether the platform has more than ``MAXIMUM_SENDERS``.
    """

    senders: NotRequired[str]
    readAt: NotRequired[str]
    changedAt: NotRequired[str]
    truncated: NotRequired[bool]


def key(account_id: str, platform: Platform, channel: str) -> Key:
    """Return the key of a pool's item; a platform without application means ``default``."""
    application_id = platform.application_id or DEFAULT_APPLICATION
    return sender_keys.sender_pool(account_id, application_id, platform.entity_id, channel)


def is_fresh(item: PoolItem) -> bool:
    """Tell whether a pool need not be read from the associations."""
    if "readAt" not in item:
        return False
    age = clock.seconds_since(item["readAt"])
    if age < REREAD_SECONDS:
        return True
    return age < KEPT_SECONDS and not _is_marked(item)


def _is_marked(item: PoolItem) -> bool:
    """Tell whether an association may have changed after the pool was read."""
    if "changedAt" not in item:
        return False
    return clock.seconds_between(item["readAt"], item["changedAt"]) > -CLOCK_SECONDS


def senders(item: PoolItem) -> list[Sender]:
    """Return the senders of a pool that ``is_fresh``, by type and id."""
    by_type = json.loads(zlib.decompress(base64.b64decode(item["senders"])))
    return [Sender(kind, resource_id) for kind, found in by_type.items() for resource_id in found]


def read(account_id: str, platform: Platform, channel: str) -> list[Sender]:
    """Read a pool from the associations, and store it for the messages that follow.

    Raises:
        ThrottledError, UnavailableError: The table could not be read.
    """
    began = clock.now()
    found = list(islice(_linked(account_id, platform, channel), MAXIMUM_SENDERS + 1))
    pool = found[:MAXIMUM_SENDERS]
    _store(key(account_id, platform, channel), pool, began, truncated=len(found) > len(pool))
    return pool


def _linked(account_id: str, platform: Platform, channel: str) -> Iterable[Sender]:
    for key_range in _ranges(account_id, platform, channel):
        for item in reads.query_all(key_range):
            if item.get("entityId") == platform.entity_id:
                yield Sender(item["resourceType"], item["resourceId"])


def _ranges(account_id: str, platform: Platform, channel: str) -> list[KeyRange]:
    application_id = platform.application_id or DEFAULT_APPLICATION
    types = sorted(kind for kind, channels in VALID_CHANNELS.items() if channel in channels)
    if platform.entity_id is None:
        return [keys.associations(account_id, application_id, kind, channel) for kind in types]
    entity_id = platform.entity_id
    return [
        keys.entity_links(account_id, entity_id, application_id, kind, channel) for kind in types
    ]


def _store(pool: Key, found: list[Sender], began: str, *, truncated: bool) -> None:
    """Store what was read, unless a later reading was stored. ``changedAt`` stays as it is."""
    by_type: dict[str, list[str]] = {}
    for sender in found:
        by_type.setdefault(sender.resource_type, []).append(sender.resource_id)
    text = json.dumps(by_type, ensure_ascii=False, separators=(",", ":"))
    packed = base64.b64encode(zlib.compress(text.encode())).decode()
    values = {"senders": packed, "readAt": began, "truncated": truncated or None}
    for _ in range(2):
        present = reads.get(pool)
        if present is None:
            write = writes.create(items.key_attributes(pool) | {"type": "senderPool"} | values)
        elif present.get("readAt", "") >= began:
            return
        else:
            write = writes.update(pool, values, readAt=present.get("readAt"))
        try:
            writes.execute(write)
        except ConditionFailedError:
            continue
        return


def mark_changed(pools: Iterable[Key]) -> None:
    """Note that associations of some pools came or went; pools that nobody uses have no item.

    Done twice or late, it only makes a pool be read once more.

    Raises:
        ThrottledError, UnavailableError: The table could not be written.
    """
    for pool in set(pools):
        try:
            writes.execute(writes.update(pool, {"changedAt": clock.now()}))
        except ConditionFailedError:
            continue


def of_item(account_id: str, item: Item) -> Key:
    """Return the pool that an association's item belongs to."""
    platform = Platform(item["applicationId"], item.get("entityId"))
    return key(account_id, platform, item["channel"])
