"""The client of AWS services: where it calls, whom for, and what it makes of damaged answers."""

import json
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any, Literal

import botocore
import pytest
from botocore.session import get_session

from provisioning.core.config import AccessKeys
from provisioning.table import aws, credentials
from provisioning.table.aws import Client, ServiceError
from provisioning.table.connections import Answer, UnreachableError

SETTINGS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_DYNAMODB",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An environment without any setting of AWS's."""
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return monkeypatch


# --- where ------------------------------------------------------------------------------------


def partitions() -> list[dict[str, Any]]:
    """Return what botocore knows of AWS's partitions."""
    path = Path(botocore.__file__).parent / "data" / "partitions.json"
    known: list[dict[str, Any]] = json.loads(path.read_text())["partitions"]
    return known


def test_the_endpoint_of_every_region_is_in_its_partition_s_domain() -> None:
    for partition in partitions():
        for region in partition["regions"]:
            if "global" not in region:
                expected = f"https://sqs.{region}.{partition['outputs']['dnsSuffix']}"
                assert aws.endpoint("sqs", region) == expected


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1"])
@pytest.mark.parametrize("service", ["dynamodb", "sqs"])
def test_endpoints_are_those_that_botocore_takes(
    environment: pytest.MonkeyPatch, service: Literal["dynamodb", "sqs"], region: str
) -> None:
    taken = get_session().create_client(service, region).meta.endpoint_url
    assert aws.endpoint(service, region) == taken


@pytest.mark.parametrize(
    ("name", "host"),
    [("AWS_ENDPOINT_URL_DYNAMODB", "one:1"), ("AWS_ENDPOINT_URL", "two:2"), ("NONE", None)],
)
def test_the_environment_may_name_another_endpoint(
    environment: pytest.MonkeyPatch, name: str, host: str | None
) -> None:
    environment.setenv("AWS_REGION", "eu-central-1")
    environment.setenv("AWS_ACCESS_KEY_ID", "id")
    environment.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    environment.setenv(name, f"http://{host}")
    found = Client("dynamodb", "DynamoDB_20120810").connections.host
    assert found == (host or "dynamodb.eu-central-1.amazonaws.com")


# --- whom for ---------------------------------------------------------------------------------


def test_a_function_finds_its_credentials_in_the_environment(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("AWS_ACCESS_KEY_ID", "id")
    environment.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    environment.setenv("AWS_SESSION_TOKEN", "token")
    assert credentials.provider()() == AccessKeys("id", "secret", "token")


def test_a_developer_s_profile_gives_credentials_and_region(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    profile = "[profile dev]\nregion=eu-west-3\naws_access_key_id=a\naws_secret_access_key=b\n"
    (tmp_path / "AWS_CONFIG_FILE").write_text(profile)
    environment.setenv("AWS_PROFILE", "dev")
    assert credentials.region() == "eu-west-3"
    assert credentials.provider()() == AccessKeys("a", "b", None)


@contextmanager
def credentials_served(*, seconds: int) -> Iterator[str]:
    """Serve credentials that are valid for so long, as Lambda does under SnapStart."""
    number = count(1)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.headers["Authorization"] == "secret token"
            served = {
                "AccessKeyId": f"id{next(number)}",
                "SecretAccessKey": "secret",
                "Token": "token",
                "Expiration": (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(),
            }
            content = json.dumps(served).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Be silent."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/credentials"
        server.shutdown()


@pytest.mark.parametrize(("seconds", "renewed"), [(3600, False), (60, True)])
def test_a_function_restored_from_a_snapshot_renews_its_credentials(
    environment: pytest.MonkeyPatch, seconds: int, *, renewed: bool
) -> None:
    with credentials_served(seconds=seconds) as url:
        environment.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)
        environment.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "secret token")
        given = credentials.provider()
        first, second = given(), given()
    assert first[1:] == second[1:] == ("secret", "token")
    assert (first.key_id != second.key_id) is renewed


def test_without_credentials_or_region_there_is_no_client(environment: pytest.MonkeyPatch) -> None:
    with pytest.raises(credentials.NotConfiguredError):
        credentials.provider()
    with pytest.raises(credentials.NotConfiguredError):
        credentials.region()


# --- what comes back --------------------------------------------------------------------------


class Scripted:
    """Answers in place of connections, and remembers what was sent."""

    host = "service"

    def __init__(self, *answers: Answer) -> None:
        self.answers = deque(answers)
        self.sent: list[dict[str, str]] = []

    def post(self, headers: dict[str, str], _body: bytes) -> Answer:
        self.sent.append(headers)
        return self.answers.popleft()


def client(*answers: Answer) -> Client:
    made = Client("sqs", "AmazonSQS")
    made.connections = Scripted(*answers)  # type: ignore[assignment]
    return made


GOOD = Answer(200, b'{"a": 1}', None)


def test_a_result_is_the_answer_s_document() -> None:
    assert client(GOOD).call("SendMessage", {}) == {"a": 1}


@pytest.mark.usefixtures("pauses")
@pytest.mark.parametrize(
    "damaged",
    [Answer(200, b'{"a": 1}', "1"), Answer(200, b"<html>", None), Answer(503, b"<html>", None)],
)
def test_a_damaged_answer_is_asked_for_again(damaged: Answer) -> None:
    assert client(damaged, damaged, GOOD).call("SendMessage", {}) == {"a": 1}


@pytest.mark.usefixtures("pauses")
def test_damage_that_lasts_is_no_result() -> None:
    with pytest.raises(UnreachableError):
        client(*[Answer(200, b"{}", "1")] * aws.TRIES).call("SendMessage", {})


def test_an_error_has_its_name_and_all_that_is_said_of_it() -> None:
    said = b'{"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "m"}'
    with pytest.raises(ServiceError, match="400 QueueDoesNotExist") as caught:
        client(Answer(400, said, None)).call("SendMessage", {})
    assert caught.value.code == "QueueDoesNotExist"
    assert caught.value.document["message"] == "m"


def test_pauses_between_tries_grow_and_are_short(pauses: list[float]) -> None:
    with pytest.raises(ServiceError):
        client(*[Answer(500, b"{}", None)] * aws.TRIES).call("SendMessage", {})
    assert all(pause <= aws.PAUSE_SECONDS * 2**attempt for attempt, pause in enumerate(pauses))
    assert len(pauses) == aws.TRIES - 1
