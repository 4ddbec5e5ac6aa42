"""`make serve` starts, serves, keeps data and ends as one."""

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from local.gateway.http import Reply, Request, Server
from local.queues.server import client as queue_client
from local.seed import API_KEY
from local.settings import PROJECT

ENTITY = "/provisioning/1/entities/a%2Fb%3F%25%23%20%F0%9F%98%80"


class Serve:
    """A run of the command.

    Attributes:
        process: The process.
        port: Port of the API, once it is ready.
        output: What it has written, line by line.
    """

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.port = 0
        self.output: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "local", "serve"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=PROJECT,
            env=os.environ | {"PORT": "0", "LOCAL_DIR": str(folder), **settings},
        )

    def until_ready(self) -> None:
        """Wait until it says that it is ready."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output.append(line)
            if ready := re.fullmatch(r"ready +http://127\.0\.0\.1:(\d+)\n", line):
                self.port = int(ready[1])
                return
        pytest.fail("".join(self.output))

    def headers(self, method: str, path: str) -> tuple[int, Message]:
        """Make a request; return the status and the headers of the answer."""
        given = {"Authorization": f"App {API_KEY}"}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as client:
            client.request(method, path, None, given)
            response = client.getresponse()
            return response.status, response.headers

    def request(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Make a request."""
        headers = {"Authorization": f"App {API_KEY}", "Content-Type": "application/json"}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as client:
            client.request(method, path, None if body is None else json.dumps(body), headers)
            response = client.getresponse()
            content = response.read()
        return response.status, json.loads(content) if content else None


def until_nothing_runs(folder: Path) -> None:
    """Wait until no process of a run is left."""
    deadline = time.monotonic() + 20
    while running := [command for command in processes() if str(folder) in command]:
        assert time.monotonic() < deadline, running
        time.sleep(0.05)


def refusal(folder: Path, **settings: str) -> str:
    """Run the command where it must fail.

    Returns:
        All that it writes before it ends.
    """
    run = Serve(folder, **settings)
    output, _ = run.process.communicate(timeout=120)
    assert run.process.returncode == 1
    return output


def processes() -> Iterator[str]:
    """List the environments and command lines of all processes."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            environment = (folder / "environ").read_text(errors="replace")
            yield environment + (folder / "cmdline").read_text(errors="replace")


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Serve]:
    """Run the command until it is ready, for the length of a with block."""
    run = Serve(folder, **settings)
    try:
        run.until_ready()
        yield run
    finally:
        run.process.kill()
        run.process.communicate()


def test_data_survives_a_kill(tmp_path: Path) -> None:
    entity = {"entityId": "a/b?%# 😀", "entityName": "x"}
    with serving(tmp_path) as first:
        assert first.request("POST", "/provisioning/1/entities", entity) == (201, None)
        assert first.request("GET", ENTITY) == (200, entity)
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()

    with serving(tmp_path) as second:
        assert second.request("GET", ENTITY) == (200, entity)
        assert re.fullmatch(r"error: .* is in use by process \d+\n", refusal(tmp_path))
        assert second.request("GET", "//provisioning/1/entities")[0] == 200
        status, error = second.request("GET", "/nothing")
        assert (status, error["requestError"]["serviceException"]["messageId"]) == (
            404,
            "NOT_FOUND",
        )
        second.process.send_signal(signal.SIGTERM)
        assert second.process.wait(timeout=20) == 0
    until_nothing_runs(tmp_path)


def test_pages_of_the_origin_that_is_named_may_read_every_answer(tmp_path: Path) -> None:
    origin = "https://shop.example.com"
    with serving(tmp_path, DATA="memory", PARAMETERS=f"CorsAllowedOrigin={origin}") as system:
        for method, path, expected in (
            ("OPTIONS", "/provisioning/1/applications/shop", 200),
            ("GET", "/provisioning/1/applications", 200),
            ("GET", "/provisioning/1/applications/shop", 404),
            ("GET", "/nothing", 404),
        ):
            status, headers = system.headers(method, path)
            assert (status, headers["Access-Control-Allow-Origin"]) == (expected, origin)
        _, preflight = system.headers("OPTIONS", "/provisioning/1/applications/shop")
        assert preflight["Access-Control-Allow-Methods"] == "DELETE,GET,OPTIONS,PATCH,POST,PUT"
        assert "If-Match" in preflight["Access-Control-Allow-Headers"]


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
            "FUNCTIONS_DYNAMODB must be a URL, for example http://127.0.0.1:8000, not 'here:8000'",
        ),
        ({"DATA": "tape"}, "DATA must be disk or memory, not 'tape'"),
        ({"PARAMETERS": "=x"}, "PARAMETERS must be Name=value pairs, not '=x'"),
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


def test_urls_and_variables_stay_valid_after_a_restart_in_a_folder_with_any_name(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "it's a folder"
    environments = []
    for _ in range(2):
        with serving(folder) as system:
            source = next(line for line in system.output if line.startswith("tools"))
            shown = shell(f"{source.removeprefix('tools').strip()}; env")
            environments.append(dict(line.split("=", 1) for line in shown.splitlines()))
            queues = queue_urls(environments[-1])
            assert all(url.startswith(environments[-1]["AWS_ENDPOINT_URL_SQS"]) for url in queues)
            system.process.terminate()
            assert system.process.wait(timeout=20) == 0
    before, after = environments
    for name in ("AWS_ENDPOINT_URL_SQS", "AWS_ENDPOINT_URL_DYNAMODB", "TABLE_NAME"):
        assert before[name] == after[name]


def test_one_line_says_that_the_system_is_ready_after_those_with_its_urls(tmp_path: Path) -> None:
    with serving(tmp_path, DATA="memory") as system:
        url = f"http://127.0.0.1:{system.port}"
        assert f"api      {url}/provisioning/1\n" in system.output
        assert f"docs     {url}/docs\n" in system.output
        assert system.output[-1] == f"ready    {url}\n"
        for path, expected in (("/", 302), ("/docs", 200), ("/nothing", 404)):
            assert system.headers("HEAD", path)[0] == system.headers("GET", path)[0] == expected


def test_functions_may_use_another_dynamodb_than_the_tools(tmp_path: Path) -> None:
    seen = threading.Event()

    def answer(request: Request) -> Reply:
        if b"local-Table" in request.body:
            seen.set()
        return Reply(400, [], b'{"__type":"com.amazon#AccessDeniedException","message":"no"}')

    other = Server("127.0.0.1", 0)
    other.start(answer, lambda status, _: Reply(status, []))
    url = f"http://127.0.0.1:{other.port}"
    run = Serve(tmp_path, DATA="memory", FUNCTIONS_DYNAMODB=url)
    output, _ = run.process.communicate(timeout=120)
    other.stop()

    assert seen.is_set()
    assert "error: the first request was answered 500" in output


def shell(commands: str) -> str:
    """Run commands in a shell and return what they print."""
    environment = {"PATH": os.environ["PATH"]}
    return subprocess.run(
        ["bash", "-e"],
        input=commands,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        check=True,
    ).stdout


def queue_urls(environment: dict[str, str]) -> list[str]:
    """Send a message to each queue by the URL that the list of queues has for it."""
    sqs = queue_client(environment["AWS_ENDPOINT_URL_SQS"])
    urls = sqs.list_queues()["QueueUrls"]
    with contextlib.closing(sqs):
        for url in urls:
            direct = queue_client(url.rpartition("/")[0].rpartition("/")[0])
            direct.send_message(QueueUrl=url, MessageBody="{}")
            direct.close()
    return urls
