"""A slice: what one invocation does for a shard."""

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Any

from provisioning.core.errors import ProvisioningError
from provisioning.operations import (
    operation_kinds,
    pacing,
    slice_end,
    slice_moves,
    slice_rewrites,
)
from provisioning.operations.operation_kind import OperationKind, TargetGoneError
from provisioning.operations.rewriting import Rewriting
from provisioning.operations.shard_state import PENDING, Changes, applied
from provisioning.paging import pages, recount
from provisioning.table import reads
from provisioning.table.operation_types import Operation, Shard
from provisioning.table.pace import Pace
from provisioning.table.primary_keys import Key
from provisioning.table.writes import Write

SLICE_SECONDS = 4.0
"""Seconds after which a slice ends: far less than the function's time limit."""

FIRST_SLICE = 0
"""The number of the slice before which an operation begins."""
_Ending = Callable[[Shard, Operation], list[Write]]
"""Returns the writes that end a slice."""


def run(shard: Shard) -> None:
    """Move associations for a few seconds, then prepare the next slice or end the shard.

    Raises:
        OvertakenError: Another worker has written the shard.
    """
    touched: list[Key] = []
    if shard["sliceNumber"] == FIRST_SLICE:
        operation_kinds.of(shard).begin(shard)
    shard = _with_total(shard)
    ending: _Ending = slice_end.finishing
    if not shard.get("ending"):
        shard, ending = _sweep(shard, touched, pacing.of(shard))
    _recount(touched)
    slice_end.write(shard, ending)


def _sweep(shard: Shard, touched: list[Key], pace: Pace) -> tuple[Shard, _Ending]:
    """Move associations until the time is up, and collect the keys of all items that change.

    Returns:
        The shard after the moves, and how the slice ends.
    """
    kind, until = operation_kinds.of(shard), time.monotonic() + SLICE_SECONDS
    make: Any = slice_rewrites.make if kind.rewrites else slice_moves.make
    while True:
        found = reads.query(
            slice_end.key_range(shard),
            after=shard.get("cursor"),
            limit=kind.page_size,
            as_stored=kind.rewrites,
        )
        try:
            moves = _work(kind, shard, found.items)
        except TargetGoneError as error:
            return shard, partial(slice_end.finishing, reason=str(error))
        for chunk in slice_moves.chunks(shard, moves, pace):
            shard = pacing.in_parts(make, shard, chunk, pace)
            if not kind.rewrites:
                touched += (key for move in chunk for key in move.keys(shard["accountId"]))
            if time.monotonic() > until and chunk[-1] is not moves[-1]:
                return shard, slice_end.continuing
        following = _after(shard, found.last)
        if following is None:
            return shard, slice_end.finishing
        shard = applied(shard, following)
        if time.monotonic() > until:
            return shard, slice_end.continuing


def _after(shard: Shard, last: str | None) -> Changes | None:
    """Return what changes on a shard that goes on after a page; None if that was its last.

    Args:
        shard: The shard.
        last: The sort key after which to continue; None at the end of the key range.
    """
    if last is not None:
        return {"cursor": last, "skip": None}
    return operation_kinds.of(shard).next_part(shard)


def _work(kind: OperationKind, shard: Shard, found: list[Any]) -> list[Any]:
    """Return what is to be done with some items: moves, or rewritings."""
    if kind.rewrites:
        return list(map(Rewriting, found))
    return list(kind.moves(shard, found)) if found else []


def _recount(touched: Iterable[Key]) -> None:
    """Update page indexes. What fails here is left to the stream's other consumer."""
    with suppress(ProvisioningError):
        recount.touch_all(touched)


def _with_total(shard: Shard) -> Shard:
    """Return a shard; if its operation starts, with the number of associations that it covers."""
    if shard.get("state") != PENDING or "total" in shard:
        return shard
    # The number is for clients only, so the operation continues without it.
    with suppress(ProvisioningError):
        return applied(shard, {"total": pages.total([operation_kinds.of(shard).key_range(shard)])})
    return shard
