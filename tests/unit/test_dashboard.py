"""The picture of the dashboard in docs/runbook.md."""

from tools import dashboard
from tools.dashboard import PERIOD, WIDGETS, Sample, Samples


def test_every_widget_of_the_template_is_drawn() -> None:
    assert dashboard.titles() == list(WIDGETS)


def test_errors_are_summed_by_route_and_period() -> None:
    found = [Sample(at, "4XXError", "4XX GET /a", 1) for at in (100, 101, 100 + PERIOD)]
    lines = WIDGETS["Errors by route"](Samples(found, 100, 100 + 3 * PERIOD))
    assert lines == {"4XX GET /a": [2, 1, 0]}


def test_latency_is_shown_in_percentiles() -> None:
    found = [Sample(100, "Latency", "all", value) for value in range(100)]
    lines = WIDGETS["Latency (ms)"](Samples(found, 100, 100 + PERIOD))
    assert lines == {"p50": [50], "p95": [95], "p99": [99]}


def test_the_cost_of_a_period_is_that_of_an_hour_at_its_pace() -> None:
    found = [
        Sample(100, "Count", "GET /a", 1_000_000),
        Sample(100, "ReadUnits", "ReadUnits", 2_000_000),
        Sample(100, "WriteUnits", "WriteUnits", 0),
    ]
    title = "Cost of the hour (US dollars, us-east-1 prices; docs/cost.md)"
    lines = WIDGETS[title](Samples(found, 100, 100 + PERIOD))
    hours = 3600 / PERIOD
    assert lines == {"table": [0.25 * hours], "api": [3.5 * hours]}
