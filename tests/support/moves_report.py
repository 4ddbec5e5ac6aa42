"""A line at the end of a test run: how many associations operations have moved in it."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

MOVES = "moves"
"""The property with which a test records its moves."""


def write(reporter: "TerminalReporter") -> None:
    """Write the line, if any test has recorded moves."""
    reports: list[Any] = [*reporter.stats.get("passed", ()), *reporter.stats.get("failed", ())]
    moves = [value for report in reports for name, value in report.user_properties if name == MOVES]
    if moves:
        courses = f"{len(moves):,} courses of events"
        reporter.write_line(f"{sum(moves):,} associations moved by operations in {courses}")
