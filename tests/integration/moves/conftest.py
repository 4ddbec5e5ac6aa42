"""Fixtures of the tests of reassigning, undoing and careful deleting."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

    from tests.support.client import Client
    from tests.support.operator import Operator

pytest.register_assert_rewrite("tests.support.operator")


@pytest.fixture
def operator(client: "Client", database: "DynamoDBClient", table: str, endpoint: str) -> "Operator":
    """An operator of a new account."""
    # Not before the environment is set, which is after this file is read.
    from tests.support.operator import Operator  # noqa: PLC0415
    from tests.support.stream import Stream, streams_client  # noqa: PLC0415

    return Operator(client, Stream(streams_client(endpoint), database, table))


@pytest.fixture(params=["usual", "small"])
def slices(request: pytest.FixtureRequest) -> None:
    """Slices as they are, and slices of few links, so that few links make many."""
    if request.param == "small":
        patch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
        patch.setattr("provisioning.table.dynamodb.TRANSACTION_ITEMS", 7)
        patch.setattr("provisioning.operations.plans.LINKS", 3)
        patch.setattr("provisioning.operations.plans.JOURNALS", 1)
        patch.setattr("provisioning.operations.worker.PARTS", 3)
        patch.setattr("provisioning.operations.worker.SLICE_SECONDS", -1)
