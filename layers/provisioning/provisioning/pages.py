"""Pages of a list: the results of one page, and how many there are in all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from provisioning.dynamodb import Item


@dataclass(frozen=True)
class Page:
    """One page of a list.

    Attributes:
        items: The items of the page, in the list's order.
        number: Which page it is, from 0.
        size: How many items a full page has.
        total: How many items the whole list has.
    """

    items: list[Item]
    number: int
    size: int
    total: int

    def paging(self) -> dict[str, int]:
        """Return the contract's ``paging`` object."""
        return {
            "page": self.number,
            "size": self.size,
            "totalPages": -(-self.total // self.size),
            "totalResults": self.total,
        }


def cut(
    items: Iterable[Item],
    number: int,
    size: int,
    matches: Callable[[Item], bool] = lambda _: True,
) -> Page:
    """Return one page of the items that match, holding no more than that page in memory.

    Args:
        items: The list, in order.
        number: Which page, from 0.
        size: Items on a page.
        matches: Tells which items belong to the list.
    """
    kept: list[Item] = []
    total = 0
    for item in items:
        if matches(item):
            if total // size == number:
                kept.append(item)
            total += 1
    return Page(kept, number, size, total)
