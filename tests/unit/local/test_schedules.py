"""Schedules are due when EventBridge says so."""

import json
import threading
from datetime import UTC, datetime
from typing import Any

import pytest

from local.resources import Schedule
from local.schedules import Schedules, event, parse
from local.settings import LocalError

START = datetime(2026, 11, 23, 17, 30, 12, tzinfo=UTC)  # a Monday


@pytest.mark.parametrize(
    ("expression", "due"),
    [
        ("rate(1 minute)", "2026-11-23 17:31:12"),
        ("rate(5 minutes)", "2026-11-23 17:35:12"),
        ("rate(2 hours)", "2026-11-23 19:30:12"),
        ("rate(1 day)", "2026-11-24 17:30:12"),
        ("cron(* * * * ? *)", "2026-11-23 17:31:00"),
        ("cron(30 * * * ? *)", "2026-11-23 18:30:00"),
        ("cron(0/15 * * * ? *)", "2026-11-23 17:45:00"),
        ("cron(*/20 * * * ? *)", "2026-11-23 17:40:00"),
        ("cron(0 3 * * ? *)", "2026-11-24 03:00:00"),
        ("cron(0 3 ? * SUN *)", "2026-11-29 03:00:00"),
        ("cron(0 3 ? * 2-6 *)", "2026-11-24 03:00:00"),
        ("cron(0 8,20 1 JAN-MAR ? *)", "2027-01-01 08:00:00"),
        ("cron(0 0 29 FEB ? *)", "2028-02-29 00:00:00"),
        ("cron(0 0 1 1 ? 2030)", "2030-01-01 00:00:00"),
    ],
)
def test_a_schedule_is_due(expression: str, due: str) -> None:
    assert str(parse(expression)(START).replace(tzinfo=None)) == due


@pytest.mark.parametrize(
    "expression", ["rate(5)", "rate(5 weeks)", "cron(0 3 * *)", "cron(0 3 L * ? *)", "at(noon)"]
)
def test_what_is_no_schedule_is_refused_by_name(expression: str) -> None:
    with pytest.raises(LocalError, match="does not know"):
        parse(expression)


def test_a_schedule_sends_its_own_event_or_that_of_eventbridge() -> None:
    assert event(Schedule("Often", "Worker", "rate(1 minute)", {"a": 1}), START) == {"a": 1}
    sent = event(Schedule("Often", "Worker", "rate(1 minute)", None), START)
    assert (sent["detail-type"], sent["time"]) == ("Scheduled Event", "2026-11-23T17:30:12Z")
    assert sent["resources"][0].endswith("rule/Often")


def test_a_function_is_invoked_when_its_schedule_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    invoked = threading.Event()
    seen: list[tuple[str, Any]] = []

    def invoke(function: str, sent: bytes) -> None:
        seen.append((function, json.loads(sent)))
        invoked.set()

    monkeypatch.setattr("local.schedules.parse", lambda _: lambda after: after)
    schedules = Schedules(invoke)
    schedules.start([Schedule("Often", "Worker", "rate(1 minute)", {"a": 1})])

    assert invoked.wait(20)
    schedules.stop()
    assert seen[0] == ("Worker", {"a": 1})
