"""Items as DynamoDB's attribute values."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.table import items

values = st.recursive(
    st.booleans() | st.integers(-(10**37), 10**37) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(min_size=1), inner),
    max_leaves=5,
)


@settings(max_examples=50)
@given(st.dictionaries(st.text(min_size=1), values, max_size=5))
def test_encoding_and_decoding_return_the_same_item(item: dict[str, Any]) -> None:
    assert items.decode(items.encode(item)) == item


def test_a_member_that_is_none_is_an_absent_attribute() -> None:
    assert items.encode({"id": "shop", "name": None}) == {"id": {"S": "shop"}}


def test_a_value_without_attribute_type_is_a_mistake() -> None:
    with pytest.raises(TypeError):
        items.encode({"id": 0.5})
