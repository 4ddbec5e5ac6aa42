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
    """Slices of the usual size, and small ones."""
    if request.param == "small":
        # Not before the environment is set, which is after this file is read.
        from tests.support import small_slices  # noqa: PLC0415

        patch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
        small_slices.use_small_slices(patch, transaction_items=7)
        small_slices.use_small_undo_slices(patch)
