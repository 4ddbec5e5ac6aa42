"""The installed command line in a terminal, and its interruption."""

import contextlib
import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.installed import bare_environment
from tests.support.installed import run_installed as aem
from tests.support.scripted_api import HEADER, ScriptedApi, error, outcomes, scripted_api
from tests.support.served import Served
from tests.support.terminal import Terminal


@pytest.fixture
def api(tmp_path: Path) -> Iterator[ScriptedApi]:
    """An API that answers by script."""
    with scripted_api() as serving:
        yield serving


# --- in a terminal --------------------------------------------------------------------------------


@pytest.mark.parametrize(("keys", "code"), [("\x03", 130), ("\x04", 2), ("n\n", 2), ("y\n", 0)])
def test_a_prompt_can_be_left(
    command: Path, environment: dict[str, str], keys: str, code: int
) -> None:
    aem(command, environment, "entities", "create", "customer")
    terminal = Terminal([command, "entities", "delete", "customer"], environment)
    terminal.type_at("[y/N]", keys)
    assert terminal.ended() == code
    assert ("nothing was changed" in terminal.text) == (code != 0)
    assert terminal.text.count("[y/N]") == 1
    left = json.loads(aem(command, environment, "entities", "list").out)["results"]
    assert len(left) == (code != 0)


def test_a_prompt_is_never_in_the_file_that_the_output_goes_to(
    command: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    aem(command, environment, "entities", "create", "customer")
    file = tmp_path / "out.json"
    with file.open("wb") as out:
        terminal = Terminal([command, "entities", "delete", "customer"], environment, output=out)
        terminal.type_at("[y/N]", "y\n")
        assert terminal.ended() == 0
    assert "linked" in terminal.text
    assert "operationId" in json.loads(file.read_text())


def test_a_login_can_be_left_and_hides_the_key(
    command: Path, system: Served, api_key: str, tmp_path: Path
) -> None:
    environment = bare_environment(tmp_path)
    for keys, code in (("\x03", 130), ("\x04", 2)):
        for prompt, given in (("API key:", ["--url", system.url]), ("Base URL:", [])):
            left = Terminal([command, "login", *given], environment)
            left.type_at(prompt, keys)
            assert left.ended() == code
            assert left.text.count(prompt) == 1
            assert "\nCancelled; nothing was changed." in left.text
    done = Terminal([command, "login"], environment)
    done.type_at("Base URL:", f"{system.url}\n")
    done.type_at("API key:", f"{api_key}\n")
    assert done.ended() == 0
    assert api_key not in done.text
    assert "Profile default saved" in done.text


def test_an_answer_that_is_not_text_is_refused(command: Path, environment: dict[str, str]) -> None:
    environment |= {"PYTHONIOENCODING": "utf-8:strict"}
    aem(command, environment, "entities", "create", "customer")
    for prompt, arguments in (
        ("[y/N]", ["entities", "delete", "customer"]),
        ("API key:", ["login", "--url", environment["AEM_URL"]]),
    ):
        terminal = Terminal([command, *arguments], environment)
        terminal.type_at(prompt, b"\xff\n")
        assert terminal.ended() == 2
        assert "What was typed is not text" in terminal.text
    assert len(json.loads(aem(command, environment, "entities", "list").out)["results"]) == 1


def test_an_operation_that_is_waited_for_is_named_first_and_goes_on_after_ctrl_c(
    command: Path, api: ScriptedApi, tmp_path: Path
) -> None:
    api.then(200, Operation_Location="/provisioning/1/operations/o1")
    for _ in range(1000):
        api.then(200, {"state": "RUNNING", "done": 1, "total": 3})
    environment = bare_environment(tmp_path, AEM_URL=api.url, AEM_API_KEY="aem_x")
    terminal = Terminal([command, "entities", "delete", "acme", "--yes", "--wait"], environment)
    terminal.wait_for("running")
    assert "aem operations watch o1" in terminal.text
    terminal.type("\x03")
    assert terminal.ended() == 130
    assert "The operation goes on; follow it with: aem operations watch o1" in terminal.text


def test_colours_follow_the_conventions(command: Path, api: ScriptedApi, tmp_path: Path) -> None:
    environment = bare_environment(
        tmp_path, AEM_URL=api.url, AEM_API_KEY="aem_x", TERM="xterm-256color"
    )
    for settings, coloured in (({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
        api.then(400, error("Bad request"))
        terminal = Terminal([command, "entities", "list"], environment | settings)
        assert terminal.ended() == 1
        assert ("\x1b[31m" in terminal.raw) == coloured


@pytest.mark.parametrize("columns", ["0", "5"])
def test_a_terminal_without_a_width_gets_tables_that_show_something(
    command: Path, environment: dict[str, str], columns: str
) -> None:
    aem(command, environment, "entities", "create", "customer")
    terminal = Terminal([command, "entities", "list"], environment | {"COLUMNS": columns})
    assert terminal.ended() == 0
    assert "customer" in terminal.text
    terminal = Terminal(
        [command, "entities", "delete", "customer"], environment | {"COLUMNS": columns}
    )
    terminal.type_at("[y/N]", "n\n")
    assert terminal.ended() == 2
    assert "linked" in terminal.text  # the preview


# --- interrupted and resumed ----------------------------------------------------------------------


def test_a_bulk_that_is_interrupted_goes_on_where_it_was(
    command: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    aem(command, environment, "applications", "create", "shop")
    file = tmp_path / "numbers.csv"
    names = [name for name in HEADER if name not in {"applicationId", "entityId"}]
    rows = [f"NUMBER,SMS,{447700000000 + number}" for number in range(400)]
    file.write_text("\n".join([",".join(names), *rows]))
    bulk = ["associations", "bulk", "--link-file", str(file), "--set", "applicationId=shop"]
    bulk += ["--batch-size", "10"]
    terminal = Terminal([command, *bulk], environment)
    terminal.wait_for(re.compile(r"[1-9]\d*/400"))
    terminal.type("\x03")
    assert terminal.ended() == 130
    assert "--resume" in terminal.text
    resumed = aem(command, environment, *bulk, "--resume")
    assert resumed.code == 0, resumed.err
    assert json.loads(resumed.out)["succeeded"] == 400
    listed = aem(command, environment, "associations", "list", "--size", "1")
    assert json.loads(listed.out)["paging"]["totalResults"] == 400
    assert aem(command, environment, *bulk, "--if-missing").code == 0


def test_a_bulk_whose_process_is_terminated_tells_the_outcomes_so_far(
    command: Path, api: ScriptedApi, tmp_path: Path
) -> None:
    file = tmp_path / "ids.txt"
    file.write_text("\n".join(map(str, range(2000))))
    api.then(200, outcomes(*[200] * 1000, action="delete"))
    api.hold()
    environment = bare_environment(tmp_path, AEM_URL=api.url, AEM_API_KEY="aem_x")
    with subprocess.Popen(
        [command, "entities", "bulk", "--delete-file", str(file)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as ran:
        api.held.wait()
        ran.send_signal(signal.SIGTERM)
        out, err = ran.communicate()
    api.release()
    assert ran.returncode == 130
    assert json.loads(out)["succeeded"] == 1000
    assert b"Interrupted after 1,000 of 2,000" in err


def test_ctrl_c_at_any_other_moment_is_one_line(
    command: Path, api: ScriptedApi, tmp_path: Path
) -> None:
    api.hold()
    environment = bare_environment(tmp_path, AEM_URL=api.url, AEM_API_KEY="aem_x")
    with subprocess.Popen(
        [command, "entities", "list"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as ran:
        api.held.wait()
        with contextlib.suppress(ProcessLookupError):
            os.kill(ran.pid, signal.SIGINT)
        out, err = ran.communicate()
    api.release()
    assert (ran.returncode, out, err.strip()) == (130, b"", b"Interrupted.")
