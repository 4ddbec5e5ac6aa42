"""The sizes of page indexes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """The sizes of the parts of a page index.

    Attributes:
        small: Items up to which a partition has no page index and its lists are read whole, so
            that clients see their own last write.
        short: Items up to which a range of a partition with a page index is read whole; fewer,
            because the page index is read too.
        block: Items that a block has at most; a larger one is split.
        group: Blocks that a group has at most; a larger one is split.
    """

    small: int = 200
    short: int = 150
    block: int = 100
    group: int = 128

    @property
    def new_block(self) -> int:
        """Items in each block that a full one is split into."""
        return self.block // 2

    @property
    def sparse(self) -> int:
        """Items below which a block is merged with its neighbour."""
        return self.block // 8

    @property
    def merged(self) -> int:
        """Items that a merged block has at most, so that it is not split again soon."""
        return self.block * 3 // 4

    @property
    def removal(self) -> int:
        """Items of a partition below which its page index is removed."""
        return self.small // 2


current = Sizes()
"""The sizes in use."""
