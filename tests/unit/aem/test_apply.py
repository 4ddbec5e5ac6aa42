"""Files of whole accounts that are carried out: nothing is lost, nothing is done unseen."""

import json
from pathlib import Path
from typing import Any

import pytest

from aem import state
from aem.__main__ import main
from aem.client import Answer, Client
from aem.state import State
from tests.support.scripted_api import ScriptedApi, error, link, outcomes, page

OLD = {"sendingStrategyId": "s1", "channel": "SMS", "useStickySender": True}
FILE = "sendingStrategies: [{channel: SMS, useStickySender: false}]\n"
SAME = "the strategy s1 is for the same messages"
FULL = "the account has 500 sending strategies, the maximum"
DELETED = {"operationId": "o1"}


def newer(description: str, **problems: str) -> dict[str, Any]:
    """Return an error in the form of version 2."""
    found = [{"property": name, "violation": text} for name, text in problems.items()]
    return {"errorCode": "E400", "description": description, "action": "x", "violations": found}


def carried_out(tmp_path: Path, text: str, *command: str) -> int:
    file = tmp_path / "state.yaml"
    file.write_text(text, encoding="utf-8")
    return main([*(command or ("apply", "--yes")), "-f", str(file)])


def changes(api: ScriptedApi) -> list[tuple[str, Any]]:
    return [(sent.method, sent.body) for sent in api.sent if sent.method != "GET"]


def rows(capsys: pytest.CaptureFixture[str]) -> set[tuple[str, str, str, str]]:
    found = json.loads(capsys.readouterr().out)["results"]
    return {(row["action"], row["what"], row["id"], row["detail"]) for row in found}


# --- sending strategies ---------------------------------------------------------------------------

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


# --- names and parents ----------------------------------------------------------------------------


def test_an_import_keeps_names_that_the_file_lacks(
    api: ScriptedApi, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    api.then(200, page([{"entityId": "a", "entityName": "A"}]))
    assert carried_out(tmp_path, "entities: [{entityId: a}]\n", "import", "--yes") == 0
    assert changes(api) == []
    api.then(200, page([{"entityId": "a", "entityName": "A"}]))
    assert carried_out(tmp_path, "entities: [{entityId: a}]\n", "plan") == 2
    assert rows(capsys) == {("change", "entities", "a", "")}


LINK = "resourceType: NUMBER, channel: SMS, resourceId: '1'"
NUMBER = link("1")
STRATEGY = {"sendingStrategyId": "s1"}
ABSENT = "is neither in the file nor in the account"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"associations: [{{{LINK}, applicationId: x}}]", f"the application 'x' {ABSENT}"),
        (
            f"associations: [{{{LINK}, applicationId: default, entityId: y}}]",
            f"the entity 'y' {ABSENT}",
        ),
        ("sendingStrategies: [{platform: {applicationId: x}}]", f"the application 'x' {ABSENT}"),
        (
            f"applications: []\nassociations: [{{{LINK}, applicationId: shop}}]",
            "the application 'shop' is not in the file's section applications",
        ),
    ],
)
def test_a_file_that_names_what_does_not_exist_is_refused(
    api: ScriptedApi,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    text: str,
    told: str,
) -> None:
    for command in ("plan", "apply"):
        api.script.clear()
        for _ in range(3):
            api.then(200, page([{"applicationId": "shop", "entityId": "a", **STRATEGY, **NUMBER}]))
        assert carried_out(tmp_path, text, command) == 2
        assert told in capsys.readouterr().err.replace("\n", "")
    assert changes(api) == []


def test_a_file_may_name_what_is_in_the_account(api: ScriptedApi, tmp_path: Path) -> None:
    api.then(200, page([{"applicationId": "shop"}]))
    api.then(200, page([{"entityId": "a"}]))
    api.then(200, page([link("1") | {"entityId": "a"}]))
    text = f"associations: [{{{LINK}, applicationId: shop, entityId: a}}]\n"
    assert carried_out(tmp_path, text, "plan") == 0


# --- what a deletion does -------------------------------------------------------------------------

MOVED = ("move", "associations", "NUMBER SMS 1", "shop / a → default")
REMOVED = ("remove", "entities", "a", "")
EFFECTS = {
    "reset": {REMOVED, MOVED},
    "unlink": {REMOVED, ("remove", "associations", "NUMBER SMS 1", "shop / a")},
    "refuse": {("remove", "entities", "a", "will be refused: onLinked is refuse, associations: 1")},
}


@pytest.mark.parametrize("setting", EFFECTS)
def test_a_plan_shows_what_a_deletion_does_to_associations_and_strategies(
    api: ScriptedApi, tmp_path: Path, capsys: pytest.CaptureFixture[str], setting: str
) -> None:
    api.then(200, page([{"entityId": "a"}]))
    api.then(200, page([link("1") | {"entityId": "a"}, link("2")]))
    api.then(200, {"onLinked": setting})
    api.then(200, page([]))
    api.then(200, page([OLD | {"platform": {"entityId": "a"}}, OLD]))
    assert carried_out(tmp_path, "entities: []\n", "plan") == 2
    subject = '{"entityId": "a", "channel": "SMS"}'
    assert rows(capsys) == {*EFFECTS[setting], ("remove", "sendingStrategies", subject, "")}


def deletion(api: ScriptedApi) -> None:
    api.then(200, page([{"entityId": "a"}]))
    api.then(200, page([]))
    api.then(403, newer("Forbidden"))  # strategies
    api.then(200, {"results": [{"action": "delete", "index": 0, "status": 200, **DELETED}]})


def test_an_apply_ends_when_the_moves_that_it_caused_have_ended(
    api: ScriptedApi, tmp_path: Path
) -> None:
    deletion(api)
    api.then(200, {"state": "RUNNING"})
    api.then(200, {"state": "SUCCEEDED"})
    assert carried_out(tmp_path, "entities: []\n") == 0
    assert [sent.path for sent in api.sent][-2:] == ["/provisioning/1/operations/o1"] * 2


def test_an_apply_whose_moves_fail_fails(
    api: ScriptedApi, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deletion(api)
    api.then(200, {"state": "FAILED"})
    assert carried_out(tmp_path, "entities: []\n") == 1
    assert "aem operations get o1" in capsys.readouterr().err


def test_an_apply_that_stops_says_that_operations_go_on(
    api: ScriptedApi,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deletion(api)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("aem.client.Client.operation", interrupt)
    assert carried_out(tmp_path, "entities: []\n") == 130
    assert "operations that were started go on" in capsys.readouterr().err


# --- whose account it is --------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["export", "plan"])
def test_a_key_that_sees_only_a_part_is_named(
    api: ScriptedApi, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    api.key = {"scopes": [], "platform": [{"entityId": "a"}]}
    api.then(200, page([]))
    if command == "plan":
        assert carried_out(tmp_path, "entities: []\n", "plan") == 0
    else:
        for _ in range(4):
            api.then(200, page([]))
        api.then(200, {"onLinked": "reset"})
        assert main(["export"]) == 0
    assert "sees only a part of the account" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["yaml", "jsonl"])
def test_an_export_by_a_restricted_key_has_what_the_key_may_read(
    api: ScriptedApi, tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    api.key = {"scopes": [], "platform": [{"entityId": "a"}]}
    api.then(403, newer("Forbidden"))
    api.then(200, page([]))
    api.then(200, page([{"entityId": "a"}]))
    api.then(200, page([]))
    api.then(403, error("Forbidden"))
    file = tmp_path / f"part.{form}"
    assert main(["export", "-f", str(file)]) == 0
    told = capsys.readouterr().err
    assert "may not read the settings" in told
    read = state.read(str(file))
    assert read == State({"applications": {}, "entities": {"a": None}}, set(), None, None)


# --- other servers --------------------------------------------------------------------------------

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
