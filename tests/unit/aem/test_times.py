"""Moments as people write them."""

from datetime import UTC, datetime

import pytest

from aem import times
from aem.errors import UsageError

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "ahead", "found"),
    [
        ("now", False, "2026-11-25T12:00:00.000Z"),
        ("2h", False, "2026-11-25T10:00:00.000Z"),
        ("2 h ago", False, "2026-11-25T10:00:00.000Z"),
        ("1w", False, "2026-11-18T12:00:00.000Z"),
        ("90d", True, "2027-02-23T12:00:00.000Z"),
        ("2026-11-25T12:00+01:00", False, "2026-11-25T11:00:00.000Z"),
        ("2026-11-25T12:00:00Z", True, "2026-11-25T12:00:00.000Z"),
    ],
)
def test_times_are_human(text: str, ahead: bool, found: str) -> None:  # noqa: FBT001
    assert times.moment(text, NOW, ahead=ahead) == found


@pytest.mark.parametrize("text", ["", "soon", "2", "h", "999999w", "-2h", "25.11.2026", "2h ago"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no time"):
        times.moment(text, NOW, ahead=True)
