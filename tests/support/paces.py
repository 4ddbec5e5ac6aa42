"""The paces of page indexes, which a process keeps from one test to the next."""

from collections import defaultdict

import pytest

from provisioning.table.pace import Pace


def forget_paces(patch: pytest.MonkeyPatch) -> None:
    """Let page indexes be counted and built as if no call had been refused yet."""
    # Named, not imported: they make the logger, before the environment is set.
    patch.setattr("provisioning.paging.building.PACE", Pace())
    paces: defaultdict[str, Pace] = defaultdict(Pace)
    patch.setattr("provisioning.paging.recount.pace_of", paces.__getitem__)
