"""Keeps the page directories: recounts what changed, splits, merges, builds.

Why the counts are right at rest, whatever the order and number of deliveries:

* A bucket is counted by a consistent read and written on condition of the version read before.
  Of two recounts that overlap one fails and counts again; so no older count overwrites a newer.
* A split or merge is one transaction on the versions of all buckets it concerns, with counts from
  consistent reads made after the versions were read: a recount in between makes it fail.
* A group's sum is written on condition of its version, read before its buckets were: whoever
  changed a bucket meanwhile also writes the group, and one of the two sums up again.
* Merging buckets makes their group's version rise in the same transaction, so no group is split
  where a bucket has just ceased to begin.
* Every bucket and group begins with a version that none ever had, so that who read one which is
  gone cannot write the next one that begins there; a directory has a life of its own likewise.
* Every change of an item is followed by its stream record, which is not acknowledged before the
  recount is written. A crash anywhere brings the record again.
"""

import secrets
import time
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from itertools import islice

from provisioning.core.clock import now
from provisioning.core.errors import CapacityExceededError, ThrottledError
from provisioning.core.log import logger
from provisioning.paging import page_index
from provisioning.paging.page_index import BUILDING, READY, SWEEPING, Directory, OutdatedError, Span
from provisioning.table import dynamodb, keys
from provisioning.table.dynamodb import ConditionFailedError, Item, Write
from provisioning.table.keys import Key, KeyRange
from provisioning.table.pace import Pace

TRIES = 20
"""Tries of a write whose items keep changing, before its record is left to a retry."""
LOOK_ONE_IN = 32
"""Of so many changes in a partition without directory, one looks whether it needs one by now."""
BUILD_SECONDS = 20.0
"""How long a directory is built on at a time: far less than the function's time limit."""
CARVED_ITEMS = 4500
"""Items counted at a time while building: about a megabyte, in some 90 buckets."""
LOOKS = 4
"""Looks at a directory that seems broken, which may just be written, before it is made anew."""
PACE = Pace()
"""The pace of this process, in groups of a directory that are recounted or built on."""
_VERSION_BITS = 52
_SPLIT_WRITES = 90
"""New buckets in one transaction: with the old one, below the hundred writes it may have."""


def by_partition(touched: Iterable[Key]) -> dict[str, set[str]]:
    """Return the sort keys of items by their partitions, as ``touch`` takes them."""
    found: dict[str, set[str]] = {}
    for partition, sort_key in touched:
        found.setdefault(partition, set()).add(sort_key)
    return found


def touch(partition: str, sort_keys: Collection[str]) -> None:
    """Bring a partition's directory up to date after items with these keys came or went.

    Args:
        partition: The partition of the items.
        sort_keys: Their sort keys.

    Raises:
        ThrottledError, UnavailableError: The table could not be worked with; touching again is
            harmless.
    """
    pending, tries = set(sort_keys), 0
    while pending:
        PACE.wait(1)
        try:
            done = _touch_some(partition, pending)
        except OutdatedError:
            tries += 1
            _give_up_after(tries, partition)
        except CapacityExceededError:
            PACE.refused()
        else:
            PACE.done(1)
            pending -= done


def _touch_some(partition: str, pending: Collection[str]) -> set[str]:
    """Recount the buckets of the last group that is concerned; return the keys that are done.

    Raises:
        OutdatedError: Others have written them meanwhile.
    """
    found = page_index.read(partition)
    if found is None:
        _look(partition, pending)
        return set(pending)
    group = page_index.holding(found.groups, max(pending))
    due = {key for key in pending if key >= group.start}
    _touch_group(found, group, due)
    if found.total < page_index.sizes.vanish + len(pending):
        _vanish_if_small(partition)
    return due


def _give_up_after(tries: int, partition: str) -> None:
    """Make a directory anew that could not be written so often, if that is for being broken.

    Raises:
        ThrottledError: It is not; others write it again and again.
    """
    if tries >= TRIES and not mend(partition):
        raise ThrottledError


def _touch_group(found: Directory, group: Span, sort_keys: Collection[str]) -> None:
    among = page_index.buckets(found.partition, group)
    touched = {page_index.holding(among, key) for key in sort_keys}
    kept: list[Span] = []
    for bucket in among:
        kept += _recount(found.partition, bucket) if bucket in touched else [bucket]
    current, kept = _merge_sparse(found.partition, group, kept)
    _write_group(found, current, kept)


def _write(writes: list[Write]) -> None:
    """Carry out writes on versions that were read, all or none.

    Raises:
        OutdatedError: A version has changed.
    """
    try:
        # A single write whose response is lost finds its own version the second time, is taken
        # for another's and done again, which costs less than a transaction every time.
        dynamodb.write(writes[0]) if len(writes) == 1 else dynamodb.transact(writes)
    except ConditionFailedError:
        raise OutdatedError from None


# --- buckets -----------------------------------------------------------------------------------


def _set(key: Key, span: Span, count: int | None) -> Write:
    """Return the write of a count to a bucket or group, which makes its version rise."""
    return dynamodb.change(key, {"count": count, "version": span.version + 1}, version=span.version)


def _new(key: Key, span: Span) -> Write:
    values = {"count": span.count, "version": span.version}
    return dynamodb.create(dynamodb.key_attributes(key) | values)


def _begun(start: str, end: str | None, count: int | None) -> Span:
    """Return a bucket or group that has not been there before."""
    return Span(start, end, count, secrets.randbits(_VERSION_BITS), 0)


def _recount(partition: str, bucket: Span) -> list[Span]:
    """Count a bucket; return what stands in its place, which is more than one if it was full.

    The version rises even if the count is the same, so that a count or split that began before
    this one cannot be written after it.
    """
    if bucket.count is None:
        pieces = [bucket]
    else:
        count = dynamodb.count(bucket.items_in(partition))
        pieces = [replace(bucket, count=count)]
        if count > page_index.sizes.bucket:
            pieces = list(_pieces(partition, bucket))
    return _write_pieces(partition, bucket, pieces, keys.directory_bucket)


def _pieces(partition: str, bucket: Span, limit: int | None = None) -> Iterator[Span]:
    """Cut a bucket into pieces of about half a full one, in one read of its keys.

    Args:
        partition: The partition.
        bucket: The bucket.
        limit: Keys to read at most. If there are more, the last piece is what was not read, and
            has no count.
    """
    start, count, left = bucket.start, 0, ""
    for number, key in enumerate(dynamodb.query_keys(bucket.items_in(partition))):
        full = count >= page_index.sizes.piece or number == limit
        bound = keys.bound_between(left, key) if full else None
        if bound is not None:
            yield _begun(start, bound, count)
            start, count = bound, 0
            if limit is not None and number >= limit:
                yield _begun(start, bucket.end, None)
                return
        count, left = count + 1, key
    yield _begun(start, bucket.end, count)


def _write_pieces(
    partition: str,
    whole: Span,
    pieces: list[Span],
    key_of: Callable[[str, str], Key],
) -> list[Span]:
    """Write the pieces that a bucket or group was cut into, or its new count alone.

    From the last piece on, each transaction takes some off the whole, which keeps the rest and
    its sum: every state in between is a right one, and each fails if the version has changed.
    """
    rest, version = pieces, whole.version
    while True:
        cut = max(1, len(rest) - _SPLIT_WRITES)
        taken_off, rest = rest[cut:], rest[:cut]
        counts = [piece.count for piece in rest]
        count = None if None in counts else sum(count or 0 for count in counts)
        current = replace(whole, version=version)
        _write(
            [
                _set(key_of(partition, whole.start), current, count),
                *(_new(key_of(partition, piece.start), piece) for piece in taken_off),
            ]
        )
        version += 1
        if len(rest) == 1:
            return [replace(rest[0], version=version), *pieces[1:]]


def _merge_sparse(partition: str, group: Span, among: list[Span]) -> tuple[Span, list[Span]]:
    """Merge sparse buckets of a group with their neighbours; return the group and what is left."""
    kept = among[:1]
    for bucket in among[1:]:
        left = kept[-1]
        if _may_merge(left, bucket):
            count = (left.count or 0) + (bucket.count or 0)
            gone = keys.directory_bucket(partition, bucket.start)
            _write(
                [
                    _set(keys.directory_bucket(partition, left.start), left, count),
                    dynamodb.remove(gone, version=bucket.version),
                    _set(keys.directory_group(partition, group.start), group, group.count),
                ]
            )
            group = replace(group, version=group.version + 1)
            kept[-1] = replace(left, end=bucket.end, count=count, version=left.version + 1)
        else:
            kept.append(bucket)
    return group, kept


def _may_merge(left: Span, right: Span) -> bool:
    if left.count is None or right.count is None:
        return False
    return (
        min(left.count, right.count) < page_index.sizes.sparse
        and left.count + right.count <= page_index.sizes.merged
    )


# --- groups ------------------------------------------------------------------------------------


def _write_group(found: Directory, group: Span, among: list[Span]) -> None:
    """Write the sum of a group's buckets; split the group if they are many, merge it if few."""
    position = [other.start for other in found.groups].index(group.start)
    summed = replace(group, count=_sum(among))
    if found.ready and len(among) == 1 and position > 0:
        _merge_group(found, found.groups[position - 1], summed)
        return
    runs = [
        among[at : at + page_index.sizes.group // 2]
        for at in range(0, len(among), page_index.sizes.group // 2)
    ]
    if len(among) <= page_index.sizes.group:
        runs = [among]
    pieces = [_begun(run[0].start, None, _sum(run)) for run in runs]
    _write_pieces(found.partition, group, pieces, keys.directory_group)


def _sum(among: list[Span]) -> int:
    return sum(bucket.count or 0 for bucket in among)


def _merge_group(found: Directory, left: Span, group: Span) -> None:
    """Let a group of a single bucket become part of the one before it."""
    count = (left.count or 0) + (group.count or 0)
    gone = keys.directory_group(found.partition, group.start)
    _write(
        [
            _set(keys.directory_group(found.partition, left.start), left, count),
            dynamodb.remove(gone, version=group.version),
        ]
    )


# --- beginning and ending ------------------------------------------------------------------------


def _look(partition: str, sort_keys: Collection[str]) -> None:
    """See, at some of the changes, whether a partition has grown enough for a directory."""
    due = len(sort_keys) >= LOOK_ONE_IN or any(
        zlib.crc32(key.encode()) % LOOK_ONE_IN == 0 for key in sort_keys
    )
    if due:
        _start_if_grown(partition)


def _start_if_grown(partition: str) -> None:
    most = page_index.sizes.small
    if dynamodb.count(KeyRange(partition), limit=most + 1) > most:
        start(partition)


def start(partition: str) -> None:
    """Begin a directory, unless there is one: its own stream record has it built.

    What is left of one that was broken is cleared away first.

    Raises:
        ThrottledError, UnavailableError: The table could not be worked with.
    """
    item = dynamodb.key_attributes(keys.directory(partition)) | {
        "type": "directory",
        "of": partition,
        "state": BUILDING,
        "life": keys.new_id(),
        "turn": 0,
        "awake": True,
        "working": True,
        "open": keys.open_partition(keys.new_id()),
        "updatedAt": now(),
    }
    try:
        dynamodb.transact(
            [
                dynamodb.create(item),
                _new(keys.directory_group(partition, ""), _begun("", None, 0)),
                _new(keys.directory_bucket(partition, ""), _begun("", None, None)),
            ]
        )
    except ConditionFailedError:
        mend(partition)


def build(record: Item) -> None:
    """Build a directory that was begun, for a while; its next stream record has it go on.

    The last bucket is what was not counted yet. From its front, pieces are counted and cut off,
    on condition that nobody has touched it meanwhile.

    Args:
        record: The directory's own item as its stream record has it.

    Raises:
        ThrottledError, UnavailableError: The table could not be worked with.
    """
    until = time.monotonic() + BUILD_SECONDS
    read_at_once = CARVED_ITEMS
    while (found := _unfinished(record)) is not None:
        PACE.wait(1)
        try:
            if not _carve(found, read_at_once):
                return _finish(found)
            PACE.done(1)
            read_at_once = CARVED_ITEMS
            if time.monotonic() > until:
                return _hand_on(found)
        except CapacityExceededError:
            PACE.refused()
        except OutdatedError:
            # The fewer items, the shorter the time in which another change gets in between.
            read_at_once = max(page_index.sizes.piece, read_at_once // 2)
    return None


def _unfinished(record: Item) -> Directory | None:
    found = page_index.read(record["of"])
    if found is None or found.ready or found.item["turn"] != record["turn"]:
        return None
    return found


def _carve(found: Directory, limit: int) -> bool:
    """Count some buckets' worth off the front of what is uncounted; tell whether there was any."""
    partition, group = found.partition, found.groups[-1]
    uncounted = page_index.buckets(partition, group)[-1]
    if uncounted.count is not None:
        return False
    pieces = list(_pieces(partition, uncounted, limit))
    writes = [
        _set(keys.directory_bucket(partition, uncounted.start), uncounted, pieces[0].count),
        *(_new(keys.directory_bucket(partition, piece.start), piece) for piece in pieces[1:]),
        _set(keys.directory_group(partition, group.start), group, _sum(pieces)),
    ]
    if pieces[-1].count is None and len(pieces) > 1:
        rest = _begun(pieces[-1].start, None, 0)
        writes.append(_new(keys.directory_group(partition, rest.start), rest))
    _write(writes)
    return True


def _hand_on(found: Directory) -> None:
    """Have the building gone on with by another invocation."""
    _change_own(found, {"turn": found.item["turn"] + 1, "awake": True, "updatedAt": now()})


def _finish(found: Directory) -> None:
    ready = {"state": READY, "working": False, "awake": False, "open": None, "updatedAt": now()}
    _change_own(found, ready)
    logger.info("A page directory was built")


def _change_own(found: Directory, values: Item) -> None:
    """Change the item of a directory that is being built, unless it moved on meanwhile."""
    expected = {name: found.item.get(name) for name in ("life", "turn", "state")}
    _write([dynamodb.change(keys.directory(found.partition), values, **expected)])


def _vanish_if_small(partition: str) -> None:
    """Give up the directory of a partition that has become small; lists read the items instead.

    The counts may be behind, which is no matter: without a directory everything is right too.
    """
    found = page_index.read(partition)
    if found is None or not found.ready or found.total >= page_index.sizes.vanish:
        return
    try:
        gone = [
            dynamodb.remove(keys.directory_bucket(partition, bucket.start), version=bucket.version)
            for group in found.groups
            for bucket in page_index.buckets(partition, group)
        ]
        gone += [
            dynamodb.remove(keys.directory_group(partition, group.start), version=group.version)
            for group in found.groups
        ]
        if len(gone) < dynamodb.TRANSACTION_ITEMS:
            _write([*gone, dynamodb.remove(keys.directory(partition), state=READY)])
    except OutdatedError:
        return  # whoever wrote it looks in turn


# --- counting anew ------------------------------------------------------------------------------


def recount_all(partition: str) -> None:
    """Count every bucket anew, or begin a directory that is missing, while the system runs.

    One whose items cannot be right (``page_index.flaw``) is cleared away and begun again.

    Raises:
        ThrottledError, UnavailableError: The table could not be worked with.
    """
    if mend(partition):
        return None
    position: str | None = ""
    tries = 0
    while position is not None:
        found = page_index.read(partition)
        if found is None:
            return _start_if_grown(partition)
        group = page_index.holding(found.groups, position)
        try:
            touch(partition, [bucket.start for bucket in page_index.buckets(partition, group)])
        except OutdatedError:
            tries += 1
            _give_up_after(tries, partition)
        else:
            position, tries = group.end, 0
    return None


def mend(partition: str) -> bool:
    """Clear a directory away that is broken, and begin it again if the partition is large.

    Returns:
        Whether that was so.

    Raises:
        ThrottledError, UnavailableError: The table could not be worked with; what is left is not
            taken for a directory, and mended when it is looked at again.
    """
    for pause in dynamodb.pauses(LOOKS):
        if page_index.flaw(partition) is None:
            return False
        pause()
    logger.error("A page directory is broken, and made anew", extra={"partition": partition})
    if _sweep(partition):
        _start_if_grown(partition)
    return True


def _sweep(partition: str) -> bool:
    """Remove all items of a directory; tell whether nobody else has taken that over.

    Its own item stands to the end, so that none is begun among its remains; and nobody else can
    write these, as each write has a condition on an item that is gone.
    """
    key, life = keys.directory(partition), keys.new_id()
    mark = {"type": "directory", "of": partition, "state": SWEEPING, "life": life}
    dynamodb.write(dynamodb.put(dynamodb.key_attributes(key) | mark))
    try:
        while remains := _remains(partition):
            _write([dynamodb.require(key, life=life), *map(dynamodb.discard, remains)])
        _write([dynamodb.remove(key, life=life)])
    except OutdatedError:
        return False
    return True


def _remains(partition: str) -> list[Key]:
    """Return the keys of some items of a directory, other than its own."""
    own = keys.directory(partition)
    found = (
        Key(own.partition, sort_key)
        for sort_key in dynamodb.query_keys(keys.directory_items(partition))
    )
    return list(islice((key for key in found if key != own), dynamodb.TRANSACTION_ITEMS - 1))
