"""Whole accounts as files: read, compared and carried out."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from aem import plans, state, strategies
from aem.__main__ import main
from aem.errors import UsageError
from aem.state import State
from tests.support.scripted_api import ScriptedApi, error, link, outcomes, page

STICKY = {"channel": "SMS", "useStickySender": True}


def written(tmp_path: Path, text: str, name: str = "state.yaml") -> str:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return str(file)


RECORDS: list[tuple[str, dict[str, Any]]] = [
    ("applications", {"applicationId": "- # {yes}", "applicationName": "\u2028\x85\x07😀'\""}),
    ("entities", {"entityId": "2026-11-25"}),
    ("entities", {"entityId": "null", "entityName": ""}),
    ("associations", link("0123")),
    ("sendingStrategies", STICKY),
    ("settings", {"onLinked": "refuse"}),
]


@pytest.mark.parametrize("form", ["yaml", "jsonl"])
def test_an_export_is_read_as_it_was(tmp_path: Path, form: str) -> None:
    text = "".join(state.lines(RECORDS, form))
    read = state.read(written(tmp_path, text))
    assert read.names["applications"] == {"- # {yes}": "\u2028\x85\x07😀'\""}
    assert read.names["entities"] == {"2026-11-25": None, "null": ""}
    assert read.links == {("NUMBER", "SMS", "shop", None, "0123")}
    assert read.strategies == {strategies.subject(STICKY): strategies.plain(STICKY)}
    assert read.settings == {"onLinked": "refuse"}


@pytest.mark.parametrize("form", ["yaml", "jsonl"])
def test_an_export_that_is_cut_off_anywhere_is_refused(tmp_path: Path, form: str) -> None:
    lines = list(state.lines(RECORDS, form))
    for length in range(1, len(lines)):
        with pytest.raises(UsageError, match=r"cut off|expected sections"):
            state.read(written(tmp_path, "".join(lines[:length])))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("entities:\n", "expected a list; [] is an empty one"),
        ("sendingStrategies: ~\n", "expected a list; [] is an empty one"),
        ("end: true\n", "expected sections"),
        ("settings: {onLnked: reset}\n", "did you mean onLinked"),
        ("settings: {onLinked: 3}\n", "expected a string, found a number"),
        ("settings: {onLinked: .nan}\n", ".nan is not a number of JSON"),
        ("sendingStrategies: [{weights: [-.inf]}]\n", "-.inf is not a number of JSON"),
        ("sendingStrategies: [{weights: [!!binary aGk=]}]\n", "could not determine"),
        ("sendingStrategies: [{weights: [!!set {a}]}]\n", "could not determine"),
        ("sendingStrategies: [{weights: [!!timestamp 2026-11-25]}]\n", "could not determine"),
    ],
)
def test_a_file_that_would_remove_or_change_what_it_does_not_say_is_refused(
    api: ScriptedApi, tmp_path: Path, text: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in ("plan", "apply"):
        yes = ["--yes"] if command == "apply" else []
        assert main([command, "-f", written(tmp_path, text), *yes]) == 2
        assert told in capsys.readouterr().err.replace("\n", "")
    assert api.sent == []


def test_an_empty_account_is_exported_and_read(tmp_path: Path) -> None:
    for form in ("yaml", "jsonl"):
        read = state.read(written(tmp_path, "".join(state.lines([("settings", {})], form))))
        assert read == State({"applications": {}, "entities": {}}, set(), {}, {})


def test_a_section_that_was_not_exported_stays_as_it_is(tmp_path: Path) -> None:
    for form in ("yaml", "jsonl"):
        text = "".join(state.lines([("settings", {})], form, list(state.KINDS)))
        assert state.read(written(tmp_path, text)).strategies is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "expected sections"),
        ("- a", "expected sections"),
        ("entitys: []", "unknown section 'entitys'"),
        ("entities: 3", "expected a list"),
        ("entities: {a: b}", "expected a list"),
        ("entities: [7]", "element 1: expected an object, found a number"),
        ("entities: [{entityId: 7}]", "entityId: expected a string, found a number"),
        ("entities: [{entityId: yes}]", "entityId: expected a string, found a boolean"),
        ("entities: [{entityName: x}]", "entityId is missing"),
        ("entities: [{entityId: x, name: y}]", 'unknown member "name"'),
        ("entities: [{entityId: x}, {entityId: x}]", "occurs twice"),
        ("entities: []\nentities: []", "line 2: not YAML: the key 'entities' occurs twice"),
        ("entities: [{entityId: x, entityId: y}]", "occurs twice"),
        ("entities: [", "not YAML"),
        ("entities: !!python/object/apply:os.system [ls]", "not YAML"),
        ("\tentities: []", "not YAML"),
        ("associations: [{resourceId: x}]", "resourceType is missing"),
        ("settings: 3", "expected members"),
        ("sendingStrategies: 3", "expected a list"),
        ("sendingStrategies: [{}, {}]", "a second strategy for all messages"),
        ("sendingStrategies: [{stickySender: true}]", "unknown member"),
        ("format: other/1\nentities: []", "unknown format"),
        ("[" * 5000, "not YAML"),
        ('{"section": "entities"}\n{"section": "end", "count": 1}', "entityId is missing"),
        ('{"entityId": "x"}', "line 1: expected an object with a section"),
        ('{"section": "entities", "entityId": "x"}\n{', "line 2"),
        ('{"section": "end", "count": 0, "sections": ["x"]}', "sections: expected"),
        ('{"section": "end", "count": 3}', "cut off"),
    ],
)
def test_a_wrong_file_is_refused_with_the_reason(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(UsageError) as refused:
        state.read(written(tmp_path, text))
    assert told in str(refused.value)


def test_a_plan_says_what_is_created_changed_moved_and_removed() -> None:
    resource = ("NUMBER", "SMS", "1")
    old, new = ((*resource[:2], name, None, "1") for name in ("shop", "blog"))
    have = State(
        {"applications": {"default": None, "shop": "S", "gone": None}, "entities": {}},
        {old},
        {"all messages": {"sendingStrategyId": "s1", "useStickySender": True}},
        {"onLinked": "reset"},
    )
    wanted = State(
        {"applications": {"shop": "Shop", "blog": None}},
        {new},
        {"all messages": strategies.plain({})},
        {"onLinked": "refuse"},
    )
    plan = plans.compare(have, wanted, remove=True)
    rows = {(row["action"], row["what"], row["id"]) for row in plan.rows()}
    assert rows == {
        ("create", "applications", "blog"),
        ("change", "applications", "shop"),
        ("remove", "applications", "gone"),
        ("move", "associations", "NUMBER SMS 1"),
        ("change", "sendingStrategies", "all messages"),
        ("change", "setting", "onLinked"),
    }
    kept = plans.compare(have, wanted, remove=False).rows()
    assert "remove" not in {row["action"] for row in kept}
    assert plans.compare(wanted, wanted, remove=True).rows() == []


ENTITIES = "entities: [{entityId: a}, {entityId: b}]\n"


def test_a_plan_ends_with_two_if_anything_would_change(api: ScriptedApi, tmp_path: Path) -> None:
    file = written(tmp_path, ENTITIES)
    api.then(200, page([{"entityId": "a"}]))
    assert main(["plan", "-f", file]) == 2
    api.then(200, page([{"entityId": "a"}, {"entityId": "b"}]))
    assert main(["plan", "-f", file]) == 0
    assert {sent.method for sent in api.sent} == {"GET"}


def test_another_plan_than_the_one_that_was_shown_is_refused(
    api: ScriptedApi, tmp_path: Path
) -> None:
    api.then(200, page([]))
    command = ["apply", "-f", written(tmp_path, ENTITIES), "--yes", "--expect", "0123"]
    assert main(command) == 2
    assert [sent.method for sent in api.sent] == ["GET"]


def test_an_apply_that_stops_says_how_to_go_on(
    api: ScriptedApi, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    api.then(200, page([]))
    for _ in range(3):
        api.then(502)
    assert main(["apply", "-f", written(tmp_path, ENTITIES), "--yes"]) == 1
    told = " ".join(capsys.readouterr().err.split())
    assert "run the same command again to go on" in told
    assert "--resume" not in told


def test_an_apply_shows_what_failed(
    api: ScriptedApi, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    api.then(200, page([]))
    api.then(207, outcomes(201, 400, action="create"))
    assert main(["apply", "-f", written(tmp_path, ENTITIES), "--yes"]) == 1
    told = capsys.readouterr()
    assert json.loads(told.out)["failed"] == 1
    assert "run the same command again" in told.err


def test_a_rename_that_is_refused_ends_an_apply(api: ScriptedApi, tmp_path: Path) -> None:
    api.then(200, page([{"entityId": "a"}]))
    api.then(403, error("Forbidden"))
    text = "entities: [{entityId: a, entityName: A}]\n"
    assert main(["apply", "-f", written(tmp_path, text), "--yes"]) == 1


def test_an_export_without_the_scope_for_strategies_leaves_them_out(
    api: ScriptedApi, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    api.then(403, error("Forbidden"))
    for _ in state.KINDS:
        api.then(200, page([]))
    api.then(200, {"onLinked": "reset"})
    file = tmp_path / "account.yaml"
    assert main(["export", "-f", str(file)]) == 0
    assert "may not read sending strategies" in capsys.readouterr().err
    assert state.read(str(file)).strategies is None


def script_export(api: ScriptedApi) -> None:
    api.then(200, page([]))
    for _ in state.SECTIONS:
        api.then(200, page([]))
    api.then(200, {"onLinked": "reset"})


def test_an_export_replaces_a_file_whole_or_not_at_all(api: ScriptedApi, tmp_path: Path) -> None:
    file = Path(written(tmp_path, "old", "account.yaml"))
    file.chmod(0o640)
    api.then(200, page([]))
    api.then(200, page([]))
    for _ in range(3):
        api.then(500)
    assert main(["export", "-f", str(file)]) == 1
    assert file.read_text() == "old"
    script_export(api)
    assert main(["export", "-f", str(file)]) == 0
    assert file.read_text().startswith("format: aem/1\n")
    assert file.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in tmp_path.iterdir()] == ["account.yaml"]


def test_an_export_follows_a_link_and_writes_into_a_pipe(api: ScriptedApi, tmp_path: Path) -> None:
    target = Path(written(tmp_path, "old", "account.yaml"))
    (tmp_path / "link.yaml").symlink_to(target)
    script_export(api)
    assert main(["export", "-f", str(tmp_path / "link.yaml")]) == 0
    assert (tmp_path / "link.yaml").is_symlink()
    assert target.read_text().endswith("end: true\n")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    script_export(api)
    assert main(["export", "-f", str(pipe)]) == 0
    assert os.read(reader, 65536).startswith(b"format: aem/1\n")
    os.close(reader)
    assert pipe.is_fifo()


@pytest.mark.parametrize("file", ["none/account.yaml", "."])
def test_an_export_that_cannot_be_written_is_an_error(
    api: ScriptedApi, tmp_path: Path, file: str
) -> None:
    api.then(200, page([]))
    assert main(["export", "-f", str(tmp_path / file)]) == 1
