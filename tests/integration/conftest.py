"""Fixtures of the tests that run the handlers on DynamoDB Local."""

from typing import TYPE_CHECKING

import pytest

from provisioning.core.kinds import APPLICATION, ENTITY, Kind
from tests.support import moves_report
from tests.support.queues import sqs, submission_queues

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

__all__ = ["sqs", "submission_queues"]


def pytest_terminal_summary(terminalreporter: "TerminalReporter") -> None:
    """Say at the end how many associations operations have moved."""
    moves_report.write(terminalreporter)


@pytest.fixture(params=[APPLICATION, ENTITY], ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    """Applications and entities, one after the other."""
    given: Kind = request.param
    return given
