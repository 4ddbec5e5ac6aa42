"""The command-line client, from a shell, against the served system."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from aem.__main__ import main
from local.settings import PROJECT
from tests.support.ids import STRANGE_IDS
from tests.support.installed import unread
from tests.support.served import Served
from tests.support.terminal import Terminal

STRANGE = STRANGE_IDS["looks like a sort key"] + "/%2F?é 😀"


LOST = "The command ran, but its output was lost: Broken pipe\n"


class Ran(NamedTuple):
    """What became of a command: its exit code and what it wrote."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def aem(
    system: Served,
    api_key: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Run:
    """Runs a command with a key of a new account."""
    monkeypatch.setenv("AEM_URL", system.url)
    monkeypatch.setenv("AEM_API_KEY", api_key)
    monkeypatch.setenv("AEM_STATE_DIR", str(tmp_path / "state"))

    def run(*arguments: str, given: str = "") -> Ran:
        monkeypatch.setattr(
            "sys.stdin", io.TextIOWrapper(io.BytesIO(given.encode()), encoding="utf-8")
        )
        try:
            code = main(arguments)
        except SystemExit as ended:
            code = int(ended.code or 0)
        captured = capsys.readouterr()
        assert api_key not in captured.out + captured.err
        return Ran(code, captured.out, captured.err)

    return run


def shown(ran: Ran) -> Any:
    assert ran.code == 0, ran.err
    return json.loads(ran.out) if ran.out else None


def test_it_is_a_command(system: Served, api_key: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "aem", "applications", "list"],
        cwd=PROJECT,
        env=os.environ | {"AEM_URL": system.url, "AEM_API_KEY": api_key},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(ran.stdout)["results"] == [{"applicationId": "default"}]


def test_output_that_nobody_reads_is_an_error_of_one_line(system: Served, api_key: str) -> None:
    environment = os.environ | {"AEM_URL": system.url, "AEM_API_KEY": api_key}
    ran = unread([sys.executable, "-m", "aem", "applications", "list"], environment)
    assert (ran.code, ran.err) == (1, LOST)


def test_a_day_s_work_needs_nothing_else(aem: Run, tmp_path: Path) -> None:
    shown(aem("applications", "create", STRANGE, "--name", "Shop"))
    shown(aem("applications", "rename", STRANGE, "--name", "Web shop"))
    assert shown(aem("applications", "get", STRANGE))["applicationName"] == "Web shop"
    customers = "\n".join(f"customer-{number}" for number in range(30))
    created = aem("entities", "bulk", "--create-file", "-", given=f"entityId\n{customers}\n")
    assert shown(created)["succeeded"] == 30
    senders = tmp_path / "senders.csv"
    head = "resourceType,channel,applicationId,entityId,resourceId"
    rows = [f"NUMBER,SMS,default,customer-{number},{number}" for number in range(30)]
    senders.write_text("\n".join([head, *rows]))
    assert shown(aem("associations", "bulk", "--link-file", str(senders)))["failed"] == 0
    link = ["--resource-type", "NUMBER", "--channel", "SMS", "--resource-id", "x"]
    shown(aem("associations", "create", *link, "--application-id", STRANGE))
    found = shown(aem("associations", "list", "--application-id", STRANGE))
    assert [result["resourceId"] for result in found["results"]] == ["x"]
    assert len(shown(aem("associations", "list", "--all"))["results"]) == 31

    deleted = shown(aem("entities", "delete", "customer-7", "--yes", "--wait"))
    assert deleted["state"] == "SUCCEEDED"
    left = shown(aem("associations", "list", "--entity-id", "null", "--resource-id", "7"))
    assert left["results"][0]["applicationId"] == "default"
    shown(aem("associations", "delete", *link, "--application-id", STRANGE))

    key = shown(aem("keys", "create", "--scopes", "application-entity:read", "--name", "Reader"))
    shown(aem("keys", "revoke", key["keyId"], "--yes"))
    assert shown(aem("limits", "get"))["entities"]["used"] == 29
    shown(aem("messages", "submit", "--entity-id", "from-a-message"))
    assert shown(aem("operations", "list"))["results"][0]["entityId"] == "customer-7"


def test_a_failure_is_told_and_ends_with_one(aem: Run) -> None:
    again = aem("applications", "create", "default")
    assert (again.code, again.out) == (1, "")
    assert json.loads(again.err)["requestError"]["serviceException"]["messageId"] == "CONFLICT"
    some = aem("applications", "bulk", "--delete-file", "-", given='["default", "none"]')
    assert some.code == 1
    assert [result["status"] for result in json.loads(some.out)["results"]] == [400, 404]
    assert aem("applications", "delete", "shop", given="").code == 2
    assert aem("applications", "shave").code == 2


def test_a_sending_strategy_is_created_once(aem: Run) -> None:
    create = ["strategies", "create", "--channel", "SMS", "--use-sticky-sender"]
    shown(aem(*create))
    again = aem(*create)
    assert again.code == 1
    assert "is for the same messages" in again.err
    assert aem(*create, "--if-missing").code == 0
    assert aem(*create, "--if-missing", "--destination-country-code", "1").code == 1
    assert len(shown(aem("strategies", "list"))["results"]) == 1


def test_a_refused_sending_strategy_leaves_the_old_one(aem: Run, tmp_path: Path) -> None:
    shown(aem("strategies", "create", "--channel", "SMS", "--use-sticky-sender"))
    before = shown(aem("strategies", "list"))
    state = tmp_path / "state.yaml"
    state.write_text("sendingStrategies: [{channel: SMS, priorities: [{senderType: X}]}]\n")
    for command in ("import", "apply"):
        assert aem(command, "-f", str(state), "--yes").code == 1
    assert shown(aem("strategies", "list")) == before


def test_a_removal_moves_what_the_plan_says(aem: Run, tmp_path: Path) -> None:
    shown(aem("entities", "create", "customer"))
    link = ["--resource-type", "NUMBER", "--channel", "SMS", "--resource-id", "447700900123"]
    given = [*link, "--application-id", "default", "--entity-id", "customer"]
    shown(aem("associations", "create", *given))
    state = tmp_path / "state.yaml"
    state.write_text("entities: []\n")
    plan = aem("plan", "-f", str(state))
    actions = [(row["action"], row["what"]) for row in json.loads(plan.out)["results"]]
    assert (plan.code, actions) == (2, [("move", "associations"), ("remove", "entities")])
    assert aem("apply", "-f", str(state), "--yes").code == 0
    (left,) = shown(aem("associations", "list"))["results"]
    assert left.get("entityId") is None


@pytest.mark.parametrize("form", ["yaml", "jsonl"])
def test_an_account_is_copied_to_another_and_compares_equal(
    aem: Run, system: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, form: str
) -> None:
    shown(aem("applications", "create", STRANGE, "--name", "\u2028 \x85 😀: - #"))
    shown(aem("entities", "create", "customer"))
    link = ["--resource-type", "NUMBER", "--channel", "SMS", "--resource-id", "447700900123"]
    shown(aem("associations", "create", *link, "--application-id", STRANGE))
    shown(aem("associations", "create", *link, "--application-id", "default"))
    for application in (STRANGE, "default"):
        of = ["--application-id", application, "--use-sticky-sender"]
        shown(aem("strategies", "create", *of, "--channel", "SMS"))
    shown(aem("strategies", "create", "--entity-id", "customer", "--fallback", "DEFAULT"))
    shown(aem("settings", "change", "--on-linked", "refuse"))
    state = tmp_path / f"state.{form}"
    assert aem("export", "-f", str(state)).code == 0
    assert aem("plan", "-f", str(state)).code == 0
    shown(aem("entities", "create", "unwanted"))
    assert aem("plan", "-f", str(state)).code == 2

    monkeypatch.setenv("AEM_API_KEY", system.new_account())
    assert aem("plan", "-f", str(state)).code == 2
    assert aem("apply", "-f", str(state)).code == 2  # not a terminal, not confirmed
    assert aem("apply", "-f", str(state), "--yes").code == 0
    assert aem("plan", "-f", str(state)).code == 0
    copy = tmp_path / f"copy.{form}"
    assert aem("export", "-f", str(copy)).code == 0
    assert copy.read_bytes() == state.read_bytes()

    # Another state of the same account: what it lacks is removed, what it has otherwise changed.
    text = copy.read_text().replace('"useStickySender": true', '"useStickySender": false')
    other = tmp_path / f"other.{form}"
    other.write_text(text.replace('"refuse"', '"reset"').replace("447700900123", "447700900124"))
    assert aem("plan", "-f", str(other)).code == 2
    assert aem("apply", "-f", str(other), "--yes").code == 0
    assert aem("plan", "-f", str(other)).code == 0
    assert aem("import", "-f", str(copy), "--yes").code == 0
    assert len(shown(aem("associations", "list"))["results"]) == 4


def test_an_export_that_was_cut_off_is_refused(aem: Run, tmp_path: Path) -> None:
    state = tmp_path / "state.jsonl"
    assert aem("export", "-f", str(state)).code == 0
    lines = state.read_text().splitlines(keepends=True)
    state.write_text("".join(lines[:-1]))
    cut = aem("apply", "-f", str(state), "--yes")
    assert cut.code == 2
    assert "cut off" in cut.err


@pytest.mark.parametrize(("keys", "code"), [("\x03", 130), ("\x04", 2), ("n\n", 2), ("y\n", 0)])
def test_a_prompt_on_a_terminal_can_be_left(
    system: Served, api_key: str, aem: Run, keys: str, code: int
) -> None:
    shown(aem("entities", "create", "customer"))
    environment = os.environ | {"AEM_URL": system.url, "AEM_API_KEY": api_key}
    command = [sys.executable, "-m", "aem", "entities", "delete", "customer"]
    terminal = Terminal(command, environment)
    terminal.type_at("[y/N]", keys)
    assert terminal.ended() == code
    assert ("nothing was changed" in terminal.text) == (code != 0)
    assert len(shown(aem("entities", "list"))["results"]) == (code != 0)
