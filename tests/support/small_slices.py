"""Slices and transactions so small that few associations need many of them."""

from dataclasses import replace
from itertools import count
from types import SimpleNamespace

import pytest

from provisioning.operations.operation_kinds import OPERATION_KINDS


def use_small_slices(
    monkeypatch: pytest.MonkeyPatch, transaction_items: int, page_size: int = 3
) -> None:
    """Let each slice read few associations at a time, and each operation have three open shards."""
    monkeypatch.setattr("provisioning.table.writes.TRANSACTION_ITEMS", transaction_items)
    monkeypatch.setattr("provisioning.operations.slice_end.OPEN_SHARDS", 3)
    # A clock on which each look takes a second: a slice ends after three transactions.
    clock = SimpleNamespace(monotonic=count().__next__)
    monkeypatch.setattr("provisioning.operations.slices.time", clock)
    monkeypatch.setattr("provisioning.operations.slices.SLICE_SECONDS", 2)
    for name, kind in OPERATION_KINDS.items():
        if name != "UNDO":
            monkeypatch.setitem(OPERATION_KINDS, name, replace(kind, page_size=page_size))


def use_small_undo_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each slice of an undo read one journal item."""
    undo = replace(OPERATION_KINDS["UNDO"], page_size=1)
    monkeypatch.setitem(OPERATION_KINDS, "UNDO", undo)
