"""Options that would have another meaning than was meant are refused before anything is sent."""

from pathlib import Path

import pytest

from aem import settings
from aem.__main__ import main
from tests.support.scripted_api import ScriptedApi, page

LINK = ["--resource-type", "NUMBER", "--channel", "SMS", "--application-id", "shop"]
LINK += ["--resource-id", "447700900123"]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        # What a shell makes of --entity-id $ID --all where ID is not set.
        (["associations", "list", "--entity-id", "--all"], "--entity-id has no value"),
        (["associations", "unlink", "--filter-entity-id", "--yes"], "--filter-entity-id has no"),
        (["login", "--name", "--url", "http://127.0.0.1"], "--name has no value"),
        (["entities", "bulk", "--delete", "--if-present"], "--delete has no value"),
        (["entities", "bulk", "--delete-file", "a", "--delete-file", "b"], "given 2 times"),
        (["associations", "delete", *LINK, "--entity-id", "a", "--entity-id", "b"], "2 times"),
        (["associations", "reassign", "--dry-run", "--no-dry-run"], "given 2 times"),
    ],
)
def test_an_option_without_a_value_or_with_two_is_refused(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str], command: list[str], told: str
) -> None:
    assert main(command) == 2
    assert told in capsys.readouterr().err
    assert api.sent == []


def test_a_value_that_looks_like_an_option_is_taken_after_an_equals_sign(api: ScriptedApi) -> None:
    api.then(200, page([]))
    assert main(["associations", "list", "--entity-id=--all"]) == 0
    assert api.sent[0].path.endswith("?entityId=--all")


def test_options_of_connection_may_repeat_those_of_an_alias(api: ScriptedApi) -> None:
    api.then(200, page([]))
    command = ["--url", "http://127.0.0.1:1", "entities", "list", "--url", "http://127.0.0.1:1"]
    assert main([*command, "--url", api.url]) == 0


@pytest.mark.parametrize(
    "command",
    [
        ["associations", "list", "--entity-id", ""],
        ["associations", "get", *LINK, "--entity-id", ""],
        ["associations", "delete", *LINK, "--entity-id", ""],
        ["associations", "unlink", "--filter-application-id", "", "--yes"],
        ["entities", "list", "--prefix", ""],
        ["entities", "create", ""],
        ["strategies", "create", "--application-id", "", "--channel", "SMS"],
        ["entities", "delete", "a", "--yes", "--if-match", ""],
    ],
)
def test_an_empty_value_is_not_taken_for_none(api: ScriptedApi, command: list[str]) -> None:
    assert main(command) == 2
    assert api.sent == []


@pytest.mark.parametrize(
    "command",
    [
        ["entities", "list", "--all", "--page", "2"],
        ["audit", "list", "--since", "1h", "--until", "2h"],
        ["entities", "list", "--json", "--output", "csv"],
        ["entities", "list", "--columns", ""],
        ["entities", "list", "--columns", "entityId,,entityName"],
        *(["export", *options] for options in (["--output", "jsonl"], ["--json"])),
        *(["export", *options] for options in (["--query", "entities"], ["--columns", "a"])),
    ],
)
def test_options_that_contradict_or_would_do_nothing_are_refused(
    api: ScriptedApi, command: list[str]
) -> None:
    assert main(command) == 2
    assert api.sent == []


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_an_unknown_column_is_refused_by_every_command_before_anything_is_sent(
    api: ScriptedApi, tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "state.yaml"
    file.write_text("entities: []\n")
    settings.save_profile("default", settings.Connection(api.url, "aem_x"))
    for command in (
        ["operations", "watch", "o1"],
        ["operations", "undo", "o1"],
        ["doctor"],
        ["profiles", "list"],
        ["profiles", "use", "default"],
        ["profiles", "remove", "default"],
        ["numbers", "whois", "447700900123"],
        ["plan", "-f", str(file)],
        ["apply", "-f", str(file), "--yes"],
        ["import", "-f", str(file), "--yes"],
        ["login", "--url", api.url, "--api-key", "aem_x"],
        ["entities", "create", "acme"],
        ["applications", "rename", "shop", "--name", "Shop"],
    ):
        assert main([*command, "--columns", "foo", "--output", form]) == 2, command
        assert "no column foo" in capsys.readouterr().err
    assert api.sent == []
    assert settings.read_profiles()["profiles"]


def test_names_of_columns_may_have_spaces_around_them(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str]
) -> None:
    api.then(200, page([{"entityId": "a", "entityName": "b"}]))
    command = ["entities", "list", "--output", "csv", "--columns", "entityName, entityId"]
    assert main(command) == 0
    assert capsys.readouterr().out == "entityName,entityId\nb,a\n"


def test_the_help_of_a_group_names_all_its_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["operations", "--help"]) == 0
    assert "list, get, undo, links, cancel, resume, watch" in capsys.readouterr().out
