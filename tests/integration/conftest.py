"""Fixtures of the tests that run the handlers on DynamoDB Local."""

import pytest

from provisioning.core.kinds import APPLICATION, ENTITY, Kind
from tests.support.queues import sqs, submission_queues

__all__ = ["sqs", "submission_queues"]


@pytest.fixture(params=[APPLICATION, ENTITY], ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    """Applications and entities, one after the other."""
    given: Kind = request.param
    return given
