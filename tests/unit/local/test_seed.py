"""The account and the key that the local system starts with."""

import os

import pytest

from local import seed
from local.settings import LocalError, credentials
from provisioning.accounts import accounts, authentication
from tests.support.transport import Wire, unanswered

ENDPOINT = "http://127.0.0.1:1"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What seeding sets in the environment is undone."""
    for name in ("AWS_ENDPOINT_URL_DYNAMODB", "TABLE_NAME", *credentials()):
        monkeypatch.setenv(name, os.environ.get(name, ""))


def test_a_start_that_was_cut_off_between_account_and_key_is_completed(table: str) -> None:
    accounts.create(seed.ACCOUNT_ID)
    seed.seed(ENDPOINT, table)
    assert authentication.authenticate(seed.API_KEY).account_id == seed.ACCOUNT_ID


def test_what_exists_is_left_alone(table: str) -> None:
    seed.seed(ENDPOINT, table)
    seed.seed(ENDPOINT, table)
    assert [item["accountId"] for item in accounts.list_all()] == [seed.ACCOUNT_ID]


def test_an_engine_that_does_not_answer_ends_the_start(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seed, "START_SECONDS", 0)
    wire.otherwise = unanswered
    with pytest.raises(LocalError, match="DynamoDB Local did not answer"):
        seed.seed(ENDPOINT, "table")
