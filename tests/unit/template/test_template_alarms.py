"""Alarms: what raises them, whom they notify, and what the runbook says of them."""

import json
import re

import pytest

from local.settings import PROJECT
from tests.support.template import BURN_WINDOWS, COMPOSITES, FUNCTIONS, RESOURCES, TEMPLATE, of_type


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_a_function_that_fails_or_is_throttled_raises_an_alarm(function: str, metric: str) -> None:
    dimensions = [{"Name": "FunctionName", "Value": {"Ref": function}}]
    watching = [
        alarm
        for alarm in of_type("AWS::CloudWatch::Alarm").values()
        if (alarm.get("MetricName"), alarm.get("Dimensions")) == (metric, dimensions)
    ]
    assert len(watching) == 1


@pytest.mark.parametrize(
    "alarm",
    sorted(of_type("AWS::CloudWatch::Alarm").keys() - set(BURN_WINDOWS) | COMPOSITES.keys()),
)
def test_every_alarm_notifies_the_topic(alarm: str) -> None:
    given = RESOURCES[alarm]["Properties"]
    assert given["AlarmActions"] == given["OKActions"] == [{"Ref": "Alarms"}]


@pytest.mark.parametrize("window", BURN_WINDOWS)
def test_the_windows_of_an_objective_notify_through_a_composite_alarm(window: str) -> None:
    rules = [json.dumps(alarm["AlarmRule"]) for alarm in COMPOSITES.values()]
    assert len([rule for rule in rules if f'"{window}"' in rule]) == 1


@pytest.mark.parametrize("alarm", of_type("AWS::CloudWatch::Alarm") | COMPOSITES)
def test_every_alarm_links_to_a_section_of_the_runbook(alarm: str) -> None:
    description = RESOURCES[alarm]["Properties"]["AlarmDescription"]
    text = description if isinstance(description, str) else description["Fn::Sub"]
    (section,) = re.findall(r"docs/runbook\.md#([a-z-]+)", text)
    runbook = (PROJECT / "docs" / "runbook.md").read_text()
    assert f'<a id="{section}"></a>' in runbook


def test_throttling_of_the_table_and_of_its_indexes_raises_an_alarm() -> None:
    for kind in ("Read", "Write"):
        (metric,) = RESOURCES[f"Table{kind}ThrottleAlarm"]["Properties"]["Metrics"]
        query = metric["Expression"]["Fn::Sub"]
        assert "WHERE TableName = '${Table}'" in query
        assert "SCHEMA" not in query, "a schema would leave out metrics of the index"


def test_the_dashboard_is_json_and_shows_resources_that_exist() -> None:
    body = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    assert len(json.loads(body)["widgets"]) == 9
    named = set(re.findall(r"\$\{([A-Za-z]+)", body)) - {"AWS"}
    assert named <= RESOURCES.keys() | TEMPLATE["Parameters"].keys()


def test_the_runbook_knows_every_alarm() -> None:
    page = (PROJECT / "docs" / "runbook.md").read_text()
    of_functions = {f"{name}{kind}Alarm" for name in FUNCTIONS for kind in ("Error", "Throttle")}
    alarms = of_type("AWS::CloudWatch::Alarm").keys() | COMPOSITES.keys()
    others = alarms - of_functions - set(BURN_WINDOWS)
    assert [name for name in others if f"`{name}`" not in page] == []
