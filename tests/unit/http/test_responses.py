"""What every answer has in common, and what a failure shows of itself."""

import pytest

from tests.support.client import Client
from tests.support.contract import APPLICATIONS, GENERAL_ERROR, TOO_MANY_REQUESTS
from tests.support.transport import Wire, answered, failed


def test_an_answer_is_json_that_nobody_keeps(client: Client, wire: Wire) -> None:
    wire.always(answered(Items=[]))
    answer = client.call("GET", APPLICATIONS)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_throttled_table_asks_the_client_to_come_again(
    client: Client, wire: Wire, pauses: list[float]
) -> None:
    wire.always(failed("ProvisionedThroughputExceededException"))
    answer = client.call("GET", APPLICATIONS)
    assert (answer.status, answer.json) == (429, TOO_MANY_REQUESTS)
    assert int(answer.headers["Retry-After"]) > 0


def test_a_failing_table_shows_nothing_of_itself(
    client: Client, wire: Wire, pauses: list[float]
) -> None:
    wire.always(failed("ResourceNotFoundException"))
    answer = client.call("GET", APPLICATIONS)
    assert (answer.status, answer.json) == (500, GENERAL_ERROR)


def test_a_fault_of_our_own_shows_nothing_of_itself(
    client: Client, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TABLE_NAME")
    answer = client.call("GET", APPLICATIONS)
    assert (answer.status, answer.json) == (500, GENERAL_ERROR)


def test_the_log_holds_neither_ids_nor_names_nor_keys(
    client: Client, wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    wire.then(answered())
    client.create("applications", "private-id", "private-name")
    assert "POST" in caplog.text
    for private in ("private-id", "private-name", "secret"):
        assert private not in caplog.text
