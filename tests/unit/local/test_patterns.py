"""Event patterns match as EventBridge's documentation says."""

import json
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
        ({"a": [{"prefix": "xy"}]}, {"a": "xyz"}, True),
        ({"a": [{"prefix": "xy"}]}, {"a": "Xyz"}, False),
        ({"a": [{"prefix": {"equals-ignore-case": "XY"}}]}, {"a": "xyz"}, True),
        ({"a": [{"suffix": ".png"}]}, {"a": "a.png"}, True),
        ({"a": [{"suffix": ".png"}]}, {"a": "a.jpg"}, False),
        ({"a": [{"suffix": ".png"}]}, {"a": 5}, False),
        ({"a": [{"equals-ignore-case": "Alice"}]}, {"a": "ALICE"}, True),
        ({"a": [{"wildcard": "a*z"}]}, {"a": "abcz"}, True),
        ({"a": [{"wildcard": "a*z"}]}, {"a": "abcy"}, False),
        ({"a": [{"wildcard": "a\\*z"}]}, {"a": "abz"}, False),
        ({"a": [{"wildcard": "a\\*z"}]}, {"a": "a*z"}, True),
        ({"a": [{"anything-but": "x"}]}, {"a": "y"}, True),
        ({"a": [{"anything-but": ["x", "y"]}]}, {"a": "y"}, False),
        ({"a": [{"anything-but": "x"}]}, {}, False),
        ({"a": [{"anything-but": 1}]}, {"a": 2}, True),
        ({"a": [{"anything-but": {"prefix": "x"}}]}, {"a": "xy"}, False),
        ({"a": [{"anything-but": {"prefix": ["x", "y"]}}]}, {"a": "yz"}, False),
        ({"a": [{"anything-but": {"suffix": "x"}}]}, {"a": "xy"}, True),
        ({"a": [{"anything-but": {"equals-ignore-case": "X"}}]}, {"a": "x"}, False),
        ({"a": [{"numeric": [">", 0, "<=", 5]}]}, {"a": 5}, True),
        ({"a": [{"numeric": [">", 0, "<=", 5]}]}, {"a": 0}, False),
        ({"a": [{"numeric": ["=", 3]}]}, {"a": 3.0}, True),
        ({"a": [{"numeric": ["=", 3]}]}, {"a": "3"}, False),
        ({"a": [{"cidr": "10.0.0.0/24"}]}, {"a": "10.0.0.7"}, True),
        ({"a": [{"cidr": "10.0.0.0/24"}]}, {"a": "no address"}, False),
        ({"$or": [{"a": [1]}, {"b": [2]}]}, {"b": 2}, True),
        ({"$or": [{"a": [1]}, {"b": [2]}], "c": [3]}, {"b": 2}, False),
        ({"a": ["x", {"prefix": "y"}, {"exists": False}]}, {}, True),
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
def test_what_is_no_pattern_is_refused_by_name(pattern: str) -> None:
    with pytest.raises(LocalError, match="is no event pattern"):
        any_of([pattern])
