"""Answers that are not from the API, and errors of both of its forms."""

from pathlib import Path
from typing import Any

import pytest

from aem.__main__ import main
from tests.support.account_files import newer
from tests.support.scripted_api import ScriptedApi, error, outcomes

OLD = {"sendingStrategyId": "s1", "channel": "SMS", "useStickySender": True}
FILE = "sendingStrategies: [{channel: SMS, useStickySender: false}]\n"
SAME = "the strategy s1 is for the same messages"
FULL = "the account has 500 sending strategies, the maximum"
DELETED = {"operationId": "o1"}


FOREIGN: list[Any] = [
    None,
    b"<html>Not found</html>",
    {"message": "Not Found"},
    {"requestError": {}},
    error("Not found") | {"errorCode": "E404", "description": "Not found"},  # a gateway's
]


@pytest.mark.parametrize("content", FOREIGN)
def test_a_status_of_another_server_is_never_success(
    api: ScriptedApi, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: Any
) -> None:
    for status, command in (
        (404, ["entities", "delete", "acme", "--yes", "--if-present", "--output", "table"]),
        (409, ["entities", "create", "acme", "--if-missing"]),
        (409, ["strategies", "create", "--if-missing"]),
        (404, ["numbers", "whois", "447700900123"]),
        (404, ["entities", "bulk", "--delete", "acme", "--if-present"]),
        (403, ["export"]),
    ):
        api.then(status, content)
        assert main(command) == 1, command
        told = capsys.readouterr().err
        assert "is not linked" not in told
        if "table" in command:
            assert "Is this the base URL of the API?" in told


def test_the_api_s_own_status_counts_as_done_if_that_is_asked_for(api: ScriptedApi) -> None:
    api.then(404, error("Not found"))
    assert main(["entities", "delete", "acme", "--yes", "--if-present"]) == 0
    api.then(404, newer("Not found"))
    assert main(["strategies", "delete", "s1", "--yes", "--if-present"]) == 0
    api.then(409, error("Conflict"))
    assert main(["entities", "create", "acme", "--if-missing"]) == 0


def test_errors_of_version_2_are_shown(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str]
) -> None:
    api.then(400, newer("Bad request", channel=SAME, weights="must not be null"))
    assert main(["strategies", "create", "--output", "table"]) == 1
    told = capsys.readouterr().err
    assert told == f"400 Bad request\n  channel: {SAME}\n  weights: must not be null\n"


def test_a_bulk_shows_what_the_api_refused(api: ScriptedApi) -> None:
    api.then(207, outcomes(404, action="delete"))
    assert main(["entities", "bulk", "--delete", "acme"]) == 1
