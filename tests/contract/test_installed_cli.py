"""The installed command line in pipes and other locales, against the served API."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.installed import bare_environment, unread
from tests.support.installed import run_installed as aem
from tests.support.served import Served

LOST = "The command ran, but its output was lost: "
NAME = "Münchner Blumen 花"


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
        "scopes": "ok",
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


@pytest.mark.parametrize("locale", ["C", "en_US.ISO-8859-1"])
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
    for form in ("json", "jsonl", "csv", "table"):
        ran = unread([command, "applications", "list", "--output", form], environment)
        assert (ran.code, ran.err) == (1, f"{LOST}Broken pipe\n")
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
    assert lost.stderr.decode() == f"{LOST}No space left on device\n"
    assert len(json.loads(aem(command, environment, "entities", "list").out)["results"]) == 1


@pytest.mark.parametrize(
    ("closed", "lost", "told"),
    [
        (">&-", 1, f"{LOST}Bad file descriptor\n"),
        ("<&- >&- 2>&-", 1, ""),
        ("<&- 2>&-", 0, ""),
    ],
)
def test_closed_streams_are_told_by_the_exit_code(
    command: Path, environment: dict[str, str], closed: str, lost: int, told: str
) -> None:
    for arguments in ("entities list", "entities create acme --if-missing --output table"):
        script = f'"{command}" {arguments} {closed}'
        ran = subprocess.run(
            ["sh", "-c", script], env=environment, capture_output=True, text=True, check=False
        )
        assert (ran.returncode, ran.stderr) == (lost, told)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [("entities get nobody", 1), ("entities got", 2), ("entities list", 0)],
)
def test_errors_that_cannot_be_written_keep_the_exit_code(
    command: Path, environment: dict[str, str], arguments: str, code: int
) -> None:
    if not Path("/dev/full").exists():
        return
    script = f'"{command}" {arguments} 2>/dev/full'
    ran = subprocess.run(["sh", "-c", script], env=environment, capture_output=True, check=False)
    assert ran.returncode == code


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("<&-", "standard input is closed"),
        ("</dev/null", "standard input is empty"),
        ("<key", "standard input is not UTF-8"),
    ],
)
def test_a_login_without_a_key_is_used_wrongly(
    command: Path, environment: dict[str, str], tmp_path: Path, given: str, message: str
) -> None:
    (tmp_path / "key").write_bytes(b"aem_\xff\n")
    script = f'"{command}" login --api-key-stdin --url "$AEM_URL" {given}'
    ran = subprocess.run(
        ["sh", "-c", script],
        env=environment | {"PYTHONIOENCODING": "utf-8:strict"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (2, f"--api-key-stdin: {message}\n")


def test_colours_in_a_pipe_do_not_bring_a_progress_bar(
    command: Path, environment: dict[str, str]
) -> None:
    forced = environment | {"FORCE_COLOR": "1"}
    assert aem(command, forced, "entities", "list", "--all").err == ""


def test_certificates_that_do_not_exist_are_told_before_anything_is_sent(
    command: Path, environment: dict[str, str]
) -> None:
    environment |= {"AEM_URL": "https://127.0.0.1:1", "REQUESTS_CA_BUNDLE": "/nowhere.pem"}
    ran = aem(command, environment, "entities", "create", "acme")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("Nothing was sent to https://127.0.0.1:1: ")
    assert "/nowhere.pem" in ran.err


def test_standard_output_is_written_to_under_its_name_as_a_file_too(
    command: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "account.yaml"
    script = f'{{ echo "# before"; "{command}" export -f /dev/stdout; }} >"{file}"'
    subprocess.run(["sh", "-c", script], env=environment, check=True)
    assert file.read_text().startswith("# before\nformat: aem/1\n")


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
