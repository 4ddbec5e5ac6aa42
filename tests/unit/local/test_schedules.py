"""Schedules invoke functions at their rate."""

import json
import threading
from typing import Any

import pytest

from local.resources import Schedule
from local.schedules import event, interval, run
from local.settings import LocalError

DUE = 1795455012.0  # 2026-11-23, a Monday, 17:30:12 UTC


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [
        ("rate(1 minute)", 60),
        ("rate(5 minutes)", 300),
        ("rate(2 hours)", 7200),
        ("rate(1 day)", 86400),
    ],
)
def test_a_rate_is_an_interval(expression: str, seconds: int) -> None:
    assert interval(expression) == seconds


@pytest.mark.parametrize(
    "expression",
    ["rate(5)", "rate(0 minutes)", "rate(5 weeks)", "cron(0 3 * * ? *)", "at(2026-11-23T17:30:12)"],
)
def test_another_schedule_is_refused_by_name(expression: str) -> None:
    with pytest.raises(LocalError, match=r"does not support the schedule \w+\("):
        interval(expression)


def test_a_schedule_sends_the_event_of_eventbridge() -> None:
    sent = event(Schedule("Often", "Worker", "rate(1 minute)"), DUE)
    assert (sent["detail-type"], sent["time"]) == ("Scheduled Event", "2026-11-23T17:30:12Z")
    assert sent["resources"][0].endswith("rule/Often")


def test_a_function_is_invoked_again_and_again_until_the_system_stops() -> None:
    stopping = threading.Event()
    seen: list[Any] = []

    def invoke(sent: bytes) -> None:
        seen.append(json.loads(sent))
        if len(seen) == 2:
            stopping.set()

    run(Schedule("Often", "Worker", "rate(1 minute)"), 0, invoke, stopping)

    assert [sent["source"] for sent in seen] == ["aws.events"] * 2
