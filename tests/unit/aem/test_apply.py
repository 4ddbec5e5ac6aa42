"""Files of whole accounts that are carried out: nothing is lost, nothing is done unseen."""

import json
from pathlib import Path

import pytest

from aem import state
from aem.__main__ import main
from aem.state import State
from tests.support.account_files import carried_out, changes, newer
from tests.support.scripted_api import ScriptedApi, error, link, page

OLD = {"sendingStrategyId": "s1", "channel": "SMS", "useStickySender": True}
FILE = "sendingStrategies: [{channel: SMS, useStickySender: false}]\n"
SAME = "the strategy s1 is for the same messages"
FULL = "the account has 500 sending strategies, the maximum"
DELETED = {"operationId": "o1"}


def rows(capsys: pytest.CaptureFixture[str]) -> set[tuple[str, str, str, str]]:
    found = json.loads(capsys.readouterr().out)["results"]
    return {(row["action"], row["what"], row["id"], row["detail"]) for row in found}


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
