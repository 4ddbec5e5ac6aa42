"""Where `make serve` cannot start, it says why in one line and leaves nothing running."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.gateway.http import Server
from local.settings import PROJECT
from tests.support.serve_command import refusal, until_nothing_runs


def test_a_port_in_use_is_one_clear_line_and_leaves_nothing_running(tmp_path: Path) -> None:
    taken = Server("127.0.0.1", 0)
    port = taken.port
    refused = refusal(tmp_path, PORT=str(port))
    taken.stop()
    until_nothing_runs(tmp_path)

    assert refused == f"error: cannot listen on port {port}: Address already in use\n"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"PORT": "many"}, "PORT must be a whole number, not 'many'"),
        ({"PORT": "70000"}, "PORT must be from 0 to 65535, not 70000"),
        ({"PORT": "-1"}, "PORT must be from 0 to 65535, not -1"),
        ({"LOCAL_DIR": "/dev/null"}, "/dev/null/logs: Not a directory"),
        (
            {"FUNCTIONS_DYNAMODB": "here:8000"},
            "FUNCTIONS_DYNAMODB must be a URL, such as http://127.0.0.1:8000, not 'here:8000'",
        ),
        ({"DATA": "tape"}, "DATA must be disk or memory, not 'tape'"),
        ({"PARAMETERS": "=x"}, "PARAMETERS must be Name=value pairs, not '=x'"),
        ({"PARAMETERS": "Foo=1"}, "PARAMETERS: the template has no parameter Foo"),
        ({"PARAMETERS": "LogLevel=FOO"}, "PARAMETERS: LogLevel cannot be 'FOO' (template.yaml)"),
        (
            {"PARAMETERS": "RequestsPerSecond=abc"},
            "PARAMETERS: RequestsPerSecond cannot be 'abc' (template.yaml)",
        ),
        ({"TEMPLATE": "/nowhere.yaml"}, "cannot read /nowhere.yaml: No such file or directory"),
    ],
)
def test_a_setting_that_makes_no_sense_is_one_clear_line(
    tmp_path: Path, settings: dict[str, str], message: str
) -> None:
    assert refusal(tmp_path, **settings) == f"error: {message}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not a SAM template: it has no Resources"),
        ("- a list", "is not a SAM template: it has no Resources"),
        ("Transform: AWS::Serverless-2016-10-31", "is not a SAM template: it has no Resources"),
        ("Resources: {Table: 5}", "is not a SAM template: the resource Table has no Type"),
        ("Resources: [", "is not valid YAML: while parsing a flow node"),
    ],
)
def test_a_file_that_is_no_template_is_an_error_without_a_traceback(
    tmp_path: Path, text: str, message: str
) -> None:
    template = tmp_path / "other.yaml"
    template.write_text(text)

    refused = refusal(tmp_path, TEMPLATE=str(template))

    assert refused.startswith(f"error: {template} {message}")
    assert "Traceback" not in refused


def test_code_that_is_missing_is_named_at_once(tmp_path: Path) -> None:
    text = (PROJECT / "template.yaml").read_text()
    template = tmp_path / "template.yaml"
    template.write_text(text.replace("functions/docs", "functions/nothing"))
    for folder in ("functions", "layers"):
        (tmp_path / folder).symlink_to(PROJECT / folder)

    assert refusal(tmp_path, TEMPLATE=str(template)) == (
        f"error: function Docs: the folder {tmp_path}/functions/nothing does not exist\n"
    )


def test_a_full_disk_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    limited = f"ulimit -f 0; exec {sys.executable} -m local serve"
    run = subprocess.run(
        ["bash", "-c", limited],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env=os.environ | {"PORT": "0", "LOCAL_DIR": str(tmp_path)},
        check=False,
    )

    assert (run.returncode, run.stderr) == (1, "error: cannot write: File too large\n")


def test_data_that_are_no_database_are_named(tmp_path: Path) -> None:
    file = tmp_path / "data" / "local_us-east-1.db"
    file.parent.mkdir()
    file.write_text("not a database\n" * 100)

    assert (
        refusal(tmp_path, DATA="disk") == f"error: {file} cannot be used: file is not a database\n"
    )
