"""`make serve` starts, serves, keeps data and ends as one."""

import contextlib
import os
import re
import signal
import subprocess
import threading
from pathlib import Path

from local.gateway.http import Reply, Request, Server
from local.queues.server import client as queue_client
from tests.support.serve_command import Serve, refusal, serving, until_nothing_runs

ENTITY = "/provisioning/1/entities/a%2Fb%3F%25%23%20%F0%9F%98%80"


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
