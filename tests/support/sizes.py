"""Sizes of page indexes for tests."""

from provisioning.paging.sizes import Sizes

SMALL_SIZES = Sizes(small=12, short=9, block=8, group=4)
"""Sizes by which a few dozen items make several groups."""
