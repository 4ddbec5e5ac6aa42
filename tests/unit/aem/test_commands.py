"""Commands from the document, and what they ask before a change."""

import io
import json
import shlex
from collections.abc import Iterator
from typing import Any

import click
import pytest

from aem.__main__ import command_line, main
from aem.document import Document
from aem.examples import EXAMPLES
from local.settings import PROJECT
from tests.support.scripted_api import ScriptedApi

OURS: dict[str, Any] = json.loads((PROJECT / "docs" / "openapi.json").read_text())


def test_every_operation_of_the_document_is_a_command_of_its_own() -> None:
    operations = Document(OURS).operations
    assert len(operations) == sum(len(methods) for methods in OURS["paths"].values())
    names = {(operation.group, operation.verb) for operation in operations}
    assert len(names) == len(operations)
    assert names >= {
        ("applications", "list"),
        ("entities", "rename"),
        ("associations", "get"),
        ("associations", "bulk"),
        ("operations", "resume"),
        ("keys", "rotate"),
        ("limits", "get"),
        ("audit", "list"),
        ("messages", "submit"),
    }


def leaves(group: click.Group, *names: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from leaves(command, *names, name)
        else:
            yield " ".join([*names, name]), command


COMMANDS = dict(leaves(command_line()))


def test_every_command_explains_itself_with_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert COMMANDS.keys() == EXAMPLES.keys()
    for name in COMMANDS:
        assert main([*name.split(), "--help"]) == 0
        shown = capsys.readouterr().out
        assert "Usage" in shown
        assert f"  aem {EXAMPLES[name][0]}" in shown


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_a_command(name: str) -> None:
    for example in EXAMPLES[name]:
        given = shlex.split(example)
        words = name.split()
        assert given[: len(words)] == words
        COMMANDS[name].make_context(name, given[len(words) :])


def answer_yes(monkeypatch: pytest.MonkeyPatch, given: str = "y") -> None:
    monkeypatch.setattr("aem.output.Output.interactive", True)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{given}\n"))


def test_a_delete_shows_its_impact_and_deletes_exactly_that(
    api: ScriptedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_yes(monkeypatch)
    api.then(200, {"links": 7}, ETag='"print"')
    api.then(200, Operation_Location="/provisioning/1/operations/o1")
    assert main(["applications", "delete", "shop/eu", "--on-linked", "refuse"]) == 0
    shown, deleted = api.sent
    assert (shown.method, shown.path) == ("GET", "/provisioning/1/applications/shop%2Feu/impact")
    assert deleted.path == "/provisioning/1/applications/shop%2Feu?onLinked=refuse"
    assert deleted.headers["If-Match"] == '"print"'


@pytest.mark.parametrize("given", ["n", ""])
def test_what_is_not_confirmed_is_left_alone(
    api: ScriptedApi, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    answer_yes(monkeypatch, given)
    api.then(200, {"links": 7})
    assert main(["applications", "delete", "shop"]) == 2
    assert [sent.method for sent in api.sent] == ["GET"]


@pytest.mark.parametrize(
    "command", [["applications", "delete", "shop"], ["associations", "reassign"]]
)
def test_where_nobody_can_be_asked_nothing_is_sent(api: ScriptedApi, command: list[str]) -> None:
    assert main(command) == 2
    assert api.sent == []


def test_what_can_be_rehearsed_is_rehearsed_first(
    api: ScriptedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_yes(monkeypatch)
    api.then(200, {"links": 7})
    api.then(202, {"operationId": "o1"}, Operation_Location="/provisioning/1/operations/o1")
    given = ["--filter-application-id", "shop", "--target-application-id", "blog"]
    assert main(["associations", "reassign", *given]) == 0
    body = {"filter": {"applicationId": "shop"}, "target": {"applicationId": "blog"}}
    assert [sent.body for sent in api.sent] == [body | {"dryRun": True}, body]


def test_a_flag_of_the_body_is_true_or_false(api: ScriptedApi) -> None:
    api.then(204)
    assert main(["applications", "protect", "shop", "--protected", "true"]) == 0
    assert api.sent[0].body == {"protected": True}
    assert main(["applications", "protect", "shop", "--protected", "maybe"]) == 2
