"""Event patterns match as Lambda's documentation of event filtering says."""

import json
import re
from typing import Any

import pytest

from local.patterns import any_of
from local.settings import LocalError


@pytest.mark.parametrize(
    ("pattern", "event", "expected"),
    [
        ({"a": ["x"]}, {"a": "x"}, True),
        ({"a": ["x"]}, {"a": "X"}, False),
        ({"a": ["x", "y"]}, {"a": "y"}, True),
        ({"a": ["x"], "b": ["y"]}, {"a": "x"}, False),
        ({"a": {"b": ["x"]}}, {"a": {"b": "x", "c": 1}}, True),
        ({"a": {"b": ["x"]}}, {"a": "x"}, False),
        ({"a": ["x"]}, {"a": ["w", "x"]}, True),
        ({"a": [1]}, {"a": 1.0}, True),
        ({"a": [1]}, {"a": "1"}, False),
        ({"a": [1]}, {"a": True}, False),
        ({"a": [True]}, {"a": True}, True),
        ({"a": [None]}, {"a": None}, True),
        ({"a": [None]}, {}, False),
        ({"a": [""]}, {"a": ""}, True),
        ({"a": [{"exists": True}]}, {"a": None}, True),
        ({"a": [{"exists": True}]}, {}, False),
        ({"a": [{"exists": True}]}, {"a": {"b": 1}}, False),
        ({"a": [{"exists": False}]}, {"b": 1}, True),
        ({"a": {"b": [{"exists": False}]}}, {}, True),
        ({"a": {"b": [{"exists": False}]}}, {"a": {"b": 1}}, False),
        ({"a": ["x", {"exists": False}]}, {}, True),
    ],
)
def test_a_pattern_matches_what_it_should(
    pattern: dict[str, Any],
    event: dict[str, Any],
    expected: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert any_of([json.dumps(pattern)])(event) is expected


def test_without_patterns_everything_matches() -> None:
    assert any_of([])({"a": 1})


def test_one_of_several_patterns_is_enough() -> None:
    matches = any_of(['{"a": [1]}', '{"a": [2]}'])

    assert matches({"a": 2})
    assert not matches({"a": 3})


@pytest.mark.parametrize(
    "pattern",
    ["no JSON", "[]", "{}", '{"a": "x"}', '{"a": []}', '{"a": [{"like": "x"}]}', '{"a": [["x"]]}'],
)
def test_an_invalid_pattern_is_refused_by_name(pattern: str) -> None:
    with pytest.raises(LocalError, match="is no event pattern"):
        any_of([pattern])


@pytest.mark.parametrize(
    ("pattern", "operator"),
    [
        ('{"a": [{"numeric": [">", 0]}]}', "numeric"),
        ('{"a": [{"suffix": ".png"}]}', "suffix"),
        ('{"a": [{"prefix": "x"}]}', "prefix"),
        ('{"a": [{"anything-but": "x"}]}', "anything-but"),
        ('{"$or": [{"a": [1]}, {"b": [2]}]}', "$or"),
    ],
)
def test_an_operator_that_is_not_supported_is_named(pattern: str, operator: str) -> None:
    with pytest.raises(LocalError, match=f"support.* {re.escape(operator)}"):
        any_of([pattern])
