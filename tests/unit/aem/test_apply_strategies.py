"""Sending strategies in a file that is carried out: none is lost for one that is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from aem.__main__ import main
from aem.client import Answer, Client
from tests.support.account_files import carried_out, changes, newer
from tests.support.scripted_api import ScriptedApi, page

OLD = {"sendingStrategyId": "s1", "channel": "SMS", "useStickySender": True}
FILE = "sendingStrategies: [{channel: SMS, useStickySender: false}]\n"
SAME = "the strategy s1 is for the same messages"
FULL = "the account has 500 sending strategies, the maximum"
DELETED = {"operationId": "o1"}


NEW = {"channel": "SMS", "useStickySender": False, "useGeolocatedSender": False}
PUT_BACK = {"channel": "SMS", "useStickySender": True, "useGeolocatedSender": False}


@pytest.mark.parametrize("command", [("apply", "--yes"), ("import", "--yes")])
def test_a_strategy_that_is_refused_leaves_the_old_one(
    api: ScriptedApi, tmp_path: Path, command: tuple[str, ...]
) -> None:
    api.then(200, page([OLD]))
    api.then(400, newer("Bad request", weights="must not be null"))
    assert carried_out(tmp_path, FILE, *command) == 1
    assert changes(api) == [("POST", NEW)]


@pytest.mark.parametrize("problem", [SAME, FULL])
def test_a_strategy_is_replaced_once_nothing_else_is_wrong_with_the_new_one(
    api: ScriptedApi, tmp_path: Path, problem: str
) -> None:
    api.then(200, page([OLD]))
    api.then(400, newer("Bad request", channel=problem))
    api.then(204)
    api.then(201, {"sendingStrategyId": "s2"})
    assert carried_out(tmp_path, FILE) == 0
    assert changes(api) == [("POST", NEW), ("DELETE", None), ("POST", NEW)]


@pytest.mark.parametrize("status", [400, 403, 500])
def test_a_strategy_that_was_deleted_for_nothing_is_put_back(
    api: ScriptedApi, tmp_path: Path, status: int
) -> None:
    api.then(200, page([OLD]))
    api.then(400, newer("Bad request", channel=SAME))
    api.then(204)
    api.then(status, newer("No"))
    api.then(201, {"sendingStrategyId": "s3"})
    assert carried_out(tmp_path, FILE) == 1
    assert changes(api)[2:] == [("POST", NEW), ("POST", PUT_BACK)]


def test_a_strategy_is_put_back_after_ctrl_c(
    api: ScriptedApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, sent = Client.send, []

    def interrupted(client: Client, method: str, *given: Any, **named: Any) -> Answer:
        sent.append(method)
        if sent[-2:] == ["DELETE", "POST"]:
            raise KeyboardInterrupt
        return send(client, method, *given, **named)

    monkeypatch.setattr(Client, "send", interrupted)
    api.then(200, page([OLD]))
    api.then(400, newer("Bad request", channel=SAME))
    api.then(204)
    api.then(201, {"sendingStrategyId": "s3"})
    assert carried_out(tmp_path, FILE) == 130
    assert changes(api) == [("POST", NEW), ("DELETE", None), ("POST", PUT_BACK)]


def test_a_strategy_that_cannot_be_put_back_is_shown(
    api: ScriptedApi, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    api.then(200, page([OLD]))
    api.then(400, newer("Bad request", channel=SAME))
    api.then(204)
    api.drop()
    api.drop()
    assert carried_out(tmp_path, FILE) == 1
    assert f"aem strategies create --body '{json.dumps(PUT_BACK)}'" in capsys.readouterr().err


def test_a_strategy_that_exists_counts_as_created_if_that_is_asked_for(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["strategies", "create", "--channel", "SMS", "--if-missing"]
    api.then(400, newer("Bad request", channel=SAME))
    assert main([*command, "--output", "table"]) == 0
    assert "it was so already" in capsys.readouterr().out
    for refused in (
        newer("Bad request", channel=SAME, weights="size must be between 0 and 100"),
        newer("Bad request", channel="must be one of SMS, MMS, RCS"),
        {},
    ):
        api.then(400, refused)
        assert main(command) == 1
    api.then(400, newer("Bad request", channel=SAME))
    assert main(command[:-1]) == 1


def test_a_country_in_small_letters_is_the_same_country(api: ScriptedApi, tmp_path: Path) -> None:
    api.then(200, page([OLD | {"destinationCountryCode": "US"}]))
    text = "sendingStrategies: [{channel: SMS, destinationCountryCode: us, useStickySender: true,"
    assert carried_out(tmp_path, f'{text} platform: {{entityId: ""}}}}]\n', "plan") == 0
