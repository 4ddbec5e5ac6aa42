"""A page of a list is what slicing the list would give."""

from hypothesis import given
from hypothesis import strategies as st

from provisioning.paging import pages


@given(st.lists(st.booleans(), max_size=60), st.integers(0, 80), st.integers(1, 30))
def test_a_page_is_a_slice_of_what_matches(wanted: list[bool], number: int, size: int) -> None:
    items = [
        {"id": str(position), "wanted": is_wanted} for position, is_wanted in enumerate(wanted)
    ]
    matching = [item for item in items if item["wanted"]]
    page = pages.cut(items, number, size, lambda item: bool(item["wanted"]))
    assert page.items == matching[number * size : (number + 1) * size]
    assert page.paging() == {
        "page": number,
        "size": size,
        "totalPages": len(range(0, len(matching), size)),
        "totalResults": len(matching),
    }


def test_an_empty_list_has_no_pages() -> None:
    assert pages.cut([], 0, 20).paging() == {
        "page": 0,
        "size": 20,
        "totalPages": 0,
        "totalResults": 0,
    }
