"""Sizes of page directories for tests."""

from provisioning.paging.page_index import Sizes

SMALL_SIZES = Sizes(small=12, short=9, bucket=8, group=4)
"""Sizes by which a few dozen items make several groups."""
