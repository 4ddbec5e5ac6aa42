"""A page of a list is what slicing the list would give."""

from hypothesis import given
from hypothesis import strategies as st

from provisioning.paging import pages
from provisioning.paging.pages import Page


@given(st.integers(0, 60), st.integers(0, 80), st.integers(0, 30))
def test_a_window_is_a_slice(total: int, offset: int, size: int) -> None:
    items = [{"id": str(position)} for position in range(total)]
    window = pages.cut(iter(items), offset, size)
    assert window.items == items[offset : offset + size]
    assert window.total == total


@given(st.integers(0, 60), st.integers(1, 30))
def test_there_are_as_many_pages_as_the_items_need(total: int, size: int) -> None:
    assert Page([], 2, size, total).paging() == {
        "page": 2,
        "size": size,
        "totalPages": len(range(0, total, size)),
        "totalResults": total,
    }
