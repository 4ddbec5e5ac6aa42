"""A slice: what one invocation does for a shard."""

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from provisioning.core.errors import ProvisioningError
from provisioning.operations import (
    operation_kinds,
    pacing,
    slice_end,
    slice_moves,
    slice_rewrites,
)
from provisioning.operations.operation_kind import TargetGoneError
from provisioning.operations.shard_state import PENDING, Changes, applied
from provisioning.paging import pages, recount
from provisioning.table import reads
from provisioning.table.operation_types import Operation, Shard
from provisioning.table.pace import Pace
from provisioning.table.primary_keys import Key
from provisioning.table.writes import Write

if TYPE_CHECKING:
    from provisioning.operations.slice_work import SliceWork

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
    work: SliceWork[Any] = slice_rewrites.WORK if kind.rewrites else slice_moves.WORK
    while True:
        found = reads.query(
            slice_end.key_range(shard),
            after=shard.get("cursor"),
            limit=kind.page_size,
            as_stored=work.as_stored,
        )
        try:
            steps = list(work.plan(kind, shard, found.items))
        except TargetGoneError as error:
            return shard, partial(slice_end.finishing, reason=str(error))
        for chunk in slice_moves.chunks(shard, steps, pace):
            shard = pacing.in_parts(work.make, shard, chunk, pace)
            touched += work.touched(shard, chunk)
            if time.monotonic() > until and chunk[-1] is not steps[-1]:
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
