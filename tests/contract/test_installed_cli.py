"""The installed command line: in a terminal, in pipes, in other locales, against the served API."""

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.installed import Ran, bare_environment, install
from tests.support.scripted_api import HEADER, ScriptedApi, error, outcomes, scripted_api
from tests.support.served import Served
from tests.support.terminal import Terminal

NAME = "Münchner Blumen 花"


@pytest.fixture(scope="session")
def command(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installed command."""
    return install(tmp_path_factory.mktemp("installed"))


@pytest.fixture
def environment(system: Served, api_key: str, tmp_path: Path) -> dict[str, str]:
    """The environment of a user's shell, with a key of a new account."""
    return bare_environment(tmp_path, AEM_URL=system.url, AEM_API_KEY=api_key)


@pytest.fixture
def api(tmp_path: Path) -> Iterator[ScriptedApi]:
    """An API that answers by script."""
    with scripted_api() as serving:
        yield serving


def aem(command: Path, environment: Mapping[str, str], *arguments: str, given: bytes = b"") -> Ran:
    """Run the command in pipes."""
    ran = subprocess.run(
        [command, *arguments], env=environment, input=given, capture_output=True, check=False
    )
    assert b"Traceback" not in ran.stderr
    return Ran(ran.returncode, ran.stdout.decode(), ran.stderr.decode())


def test_it_needs_nothing_of_the_server(command: Path, tmp_path: Path) -> None:
    environment = bare_environment(tmp_path)
    assert aem(command, environment, "--version").out == "aem 0.1.0\n"
    assert "Examples:" in aem(command, environment, "--help").out
    program = "import aem.__main__, importlib.util, sys; sys.exit(any(map("
    program += "importlib.util.find_spec, ['provisioning', 'boto3', 'local', 'ops'])))"
    python = command.with_name("python")
    assert (
        subprocess.run([python, "-c", program], env=environment, cwd="/", check=False).returncode
        == 0
    )


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_it_completes_commands(command: Path, tmp_path: Path, shell: str) -> None:
    environment = bare_environment(tmp_path, _AEM_COMPLETE=f"{shell}_source")
    assert "_AEM_COMPLETE" in aem(command, environment).out
    words = {"COMP_WORDS": "aem enti", "COMP_CWORD": "enti" if shell == "fish" else "1"}
    asked = bare_environment(tmp_path, _AEM_COMPLETE=f"{shell}_complete", **words)
    assert "entities" in aem(command, asked).out


def test_a_command_that_is_misspelled_is_suggested(command: Path, tmp_path: Path) -> None:
    ran = aem(command, bare_environment(tmp_path), "entitys", "list")
    assert (ran.code, ran.out) == (2, "")
    assert "Did you mean entities?" in ran.err


def test_login_keeps_the_key_in_a_file_that_only_its_owner_reads(
    command: Path, system: Served, api_key: str, tmp_path: Path
) -> None:
    environment = bare_environment(tmp_path)
    login = ["login", "--url", f"{system.url}/provisioning/1", "--api-key-stdin"]
    assert aem(command, environment, *login, given=f"{api_key}\n".encode()).code == 0
    (file,) = tmp_path.rglob("profiles.json")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    listed = aem(command, environment, "profiles", "list")
    assert json.loads(listed.out) == [
        {"name": "default", "url": system.url, "key": "file", "default": True}
    ]
    checks = json.loads(aem(command, environment, "doctor").out)
    results = {check["check"]: check["result"] for check in checks}
    assert results.pop("clock") in {"ok", "unknown"}  # the local gateway sends no Date
    assert results == {
        "versions": "ok",
        "reachable": "ok",
        "key": "ok",
        "read applications and entities": "ok",
        "manage API keys": "ok",
    }
    assert api_key not in listed.out + str(checks)
    assert aem(command, environment, "profiles", "remove", "default").code == 0
    assert aem(command, environment, "doctor").code == 2


def test_a_login_with_a_wrong_key_keeps_nothing(
    command: Path, system: Served, tmp_path: Path
) -> None:
    login = ["login", "--url", system.url, "--api-key-stdin"]
    assert aem(command, bare_environment(tmp_path), *login, given=b"aem_wrong\n").code == 1
    assert not list(tmp_path.rglob("profiles.json"))


@pytest.mark.parametrize("locale", ["C", "POSIX", "en_US.ISO-8859-1", "C.UTF-8"])
def test_names_of_any_language_survive_any_locale(
    command: Path, environment: dict[str, str], tmp_path: Path, locale: str
) -> None:
    environment |= {"LC_ALL": locale}
    file = tmp_path / "names.csv"
    file.write_text(f"entityId,entityName\nblumen,{NAME}\n", encoding="utf-8-sig")
    assert aem(command, environment, "entities", "bulk", "--create-file", str(file)).code == 0
    for form in ("json", "jsonl", "csv", "table"):
        ran = aem(command, environment, "entities", "list", "--output", form)
        assert ran.code == 0
        assert "blumen" in ran.out
    exported = aem(command, environment, "export").out
    assert NAME in exported
    assert aem(command, environment, "plan", "-f", "-", given=exported.encode()).code == 0


def test_a_terminal_of_latin_1_gets_escapes_for_what_it_lacks(
    command: Path, environment: dict[str, str]
) -> None:
    aem(command, environment, "entities", "create", "blumen", "--name", NAME)
    environment |= {"PYTHONIOENCODING": "latin-1"}
    listing: list[str | Path] = [command, "entities", "list", "--output"]
    table = subprocess.run([*listing, "table"], env=environment, capture_output=True, check=True)
    assert "Münchner Blumen \\u82b1" in table.stdout.decode("latin-1")
    # Data in a pipe is UTF-8: it can be read again.
    data = subprocess.run([*listing, "csv"], env=environment, capture_output=True, check=True)
    assert data.stdout.decode().splitlines()[1] == f"blumen,{NAME}"


def test_standard_input_is_read_as_utf_8_or_refused(
    command: Path, environment: dict[str, str]
) -> None:
    read = ["entities", "bulk", "--create-file", "-"]
    body = ["entities", "create", "--body", "@-"]
    latin = "entityId\nmünchen\n".encode("latin-1")
    assert aem(command, environment, *read, given=latin).code == 2
    assert aem(command, environment, *read, given="entityId\nx\n".encode("utf-16")).code == 2
    assert (
        aem(command, environment, *body, given='\ufeff{"entityId": "münchen"}'.encode()).code == 0
    )
    found = json.loads(aem(command, environment, "entities", "list").out)["results"]
    assert found == [{"entityId": "münchen"}]


def test_a_closed_pipe_and_a_full_disk_are_told_by_the_exit_code(
    command: Path, environment: dict[str, str]
) -> None:
    with subprocess.Popen(
        [command, "entities", "list"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as ran:
        assert ran.stdout
        assert ran.stderr
        ran.stdout.close()
        assert ran.stderr.read() == b""
    assert ran.returncode == 0
    if not Path("/dev/full").exists():
        return
    with Path("/dev/full").open("wb") as full:
        lost = subprocess.run(
            [command, "entities", "create", "acme", "--output", "table"],
            env=environment,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert lost.returncode == 1
    assert lost.stderr == b"The command ran, but its output was lost: No space left on device\n"
    assert len(json.loads(aem(command, environment, "entities", "list").out)["results"]) == 1


def test_closed_streams_are_no_traceback(command: Path, environment: dict[str, str]) -> None:
    script = f'"{command}" entities list <&- >&- 2>&-'
    assert subprocess.run(["sh", "-c", script], env=environment, check=False).returncode == 0


def test_an_argument_that_is_not_text_is_refused(
    command: Path, environment: dict[str, str]
) -> None:
    ran = subprocess.run(
        [command, "entities", "create", b"m\xfcnchen"],
        env=environment,
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 2
    assert ran.stderr == b"Argument 3 is not text in the encoding of this terminal\n"


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
    left = Terminal([command, "login", "--url", system.url], environment)
    left.type_at("API key:", "\x03")
    assert left.ended() == 130
    done = Terminal([command, "login"], environment)
    done.type_at("Base URL:", f"{system.url}\n")
    done.type_at("API key:", f"{api_key}\n")
    assert done.ended() == 0
    assert api_key not in done.text
    assert "Profile default saved" in done.text


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


# --- interrupted and resumed ----------------------------------------------------------------------


def test_a_bulk_that_is_interrupted_goes_on_where_it_was(
    command: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    aem(command, environment, "applications", "create", "shop")
    file = tmp_path / "numbers.csv"
    names = [name for name in HEADER if name not in {"applicationId", "entityId"}]
    rows = [f"NUMBER,SMS,{447700000000 + number}" for number in range(40)]
    file.write_text("\n".join([",".join(names), *rows]))
    bulk = ["associations", "bulk", "--link-file", str(file), "--set", "applicationId=shop"]
    bulk += ["--batch-size", "10"]
    terminal = Terminal([command, *bulk], environment)
    terminal.wait_for("10/40")
    terminal.type("\x03")
    assert terminal.ended() == 130
    assert "--resume" in terminal.text
    resumed = aem(command, environment, *bulk, "--resume")
    assert resumed.code == 0, resumed.err
    assert json.loads(resumed.out)["succeeded"] == 40
    listed = aem(command, environment, "associations", "list", "--size", "1")
    assert json.loads(listed.out)["paging"]["totalResults"] == 40
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
