"""Filters on associations, as lists and reassignments use them."""

from collections.abc import Mapping
from typing import Any


def meets(item: Mapping[str, Any], filters: Mapping[str, Any]) -> bool:
    """Return whether an association has all members of a filter; None: it has no such member."""
    return all(item.get(member) == value for member, value in filters.items())
