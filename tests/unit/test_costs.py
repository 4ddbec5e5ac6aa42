"""The costs that docs/cost.md states."""

import dataclasses

import pytest

from tools import costs


def test_every_access_pattern_has_a_cost() -> None:
    lines = costs.PATTERNS.read_text().splitlines()
    rows = [line for line in lines if line.startswith("| ") and not line.startswith("| operation")]
    assert [f"| {pattern.operation} " for pattern in costs.patterns()] == [
        row[: row.index("|", 1)] for row in rows
    ]


def test_an_item_written_in_a_transaction_costs_two_units() -> None:
    units = {pattern.operation: pattern.writes for pattern in costs.patterns()}
    assert units["create an application"] == 1
    assert units["delete an association"] == 8


def test_the_table_is_paid_by_the_unit() -> None:
    free = costs.Prices(api=0, invocation=0, gigabyte_second=0, log_gigabyte=0, trace=0)
    pattern = costs.Pattern("anything", reads=2, writes=1)
    alone = costs.Assumptions(stream_writes=0)
    assert costs.request(pattern, free, alone) == pytest.approx(2 * 0.125 + 0.625)


def test_without_requests_only_the_fixed_costs_are_paid() -> None:
    assert costs.month(0, {}, 0) == pytest.approx(sum(costs.standing().values()))


def test_the_document_is_up_to_date() -> None:
    assert costs.main(["--check"]) == 0


def test_every_price_and_assumption_has_a_source() -> None:
    prices = {field.name for field in dataclasses.fields(costs.Prices)}
    assumed = {field.name for field in dataclasses.fields(costs.Assumptions)}
    assert set(costs.PRICE_SOURCES) == prices
    assert set(costs.ASSUMPTION_SOURCES) == assumed
