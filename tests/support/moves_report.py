"""Lines at the end of a test run: how many associations operations have moved in it."""

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

_MOVES = "moves"


def record(record_property: Callable[[str, object], None], fault: str, moved: int) -> None:
    """Record how many associations operations have moved in one course of events."""
    record_property(_MOVES, (fault, moved))


def write(reporter: "TerminalReporter") -> None:
    """Write the lines, if any test has recorded moves: one for each fault that had more courses."""
    reports: list[Any] = [*reporter.stats.get("passed", ()), *reporter.stats.get("failed", ())]
    moves, courses = Counter[str](), Counter[str]()
    for report in reports:
        for name, value in report.user_properties:
            if name == _MOVES:
                fault, moved = value
                moves[fault] += moved
                courses[fault] += 1
    for fault in sorted(each for each in courses if courses[each] > 1):
        reporter.write_line(f"{moves[fault]:11,} in {courses[fault]:5,} courses: {fault}")
    if courses:
        total = f"{courses.total():,} courses of events"
        reporter.write_line(f"{moves.total():,} associations moved by operations in {total}")
