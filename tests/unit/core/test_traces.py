"""Each call to an AWS service is reported to AWS X-Ray, for requests that it samples."""

import json
import socket
from collections.abc import Iterator

import pytest

from provisioning.aws.clients import ServiceError
from provisioning.core import traces

ROOT, PARENT = "1-674205d8-4f0b7d1e5a3c2b1f0e9d8c7b", "53995c3f42cd8ad8"


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """What X-Ray's daemon would receive, while Lambda samples the request."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as received:
        received.bind(("127.0.0.1", 0))
        received.settimeout(10)
        monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", f"127.0.0.1:{received.getsockname()[1]}")
        monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={ROOT};Parent={PARENT};Sampled=1")
        yield received


def test_a_call_is_a_subsegment_of_the_functions_segment(daemon: socket.socket) -> None:
    with traces.recorded("DynamoDB", "GetItem"):
        pass

    header, _, document = daemon.recv(65_536).partition(b"\n")
    sent = json.loads(document)
    assert json.loads(header) == {"format": "json", "version": 1}
    assert (sent["trace_id"], sent["parent_id"]) == (ROOT, PARENT)
    assert (sent["name"], sent["aws"]) == ("DynamoDB", {"operation": "GetItem"})
    assert sent["start_time"] <= sent["end_time"]
    assert not sent.keys() & {"error", "fault"}


@pytest.mark.parametrize(
    ("error", "mark"),
    [
        (ServiceError(400, "ConditionalCheckFailedException", {}), "error"),
        (ServiceError(500, "InternalServerError", {}), "fault"),
        (ConnectionError("lost"), "fault"),
    ],
)
def test_a_call_that_fails_is_marked_and_still_fails(
    daemon: socket.socket, error: Exception, mark: str
) -> None:
    with pytest.raises(type(error)), traces.recorded("DynamoDB", "PutItem"):
        raise error

    sent = json.loads(daemon.recv(65_536).partition(b"\n")[2])
    assert sent[mark] is True


@pytest.mark.parametrize("sampled", ["0", ""])
def test_nothing_is_sent_of_a_request_that_is_not_sampled(
    daemon: socket.socket, monkeypatch: pytest.MonkeyPatch, sampled: str
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={ROOT};Parent={PARENT};Sampled={sampled}")
    with traces.recorded("DynamoDB", "GetItem"):
        pass

    daemon.settimeout(0)  # a datagram on this host would be there already
    with pytest.raises(BlockingIOError):
        daemon.recv(65_536)


@pytest.mark.parametrize("address", ["", "127.0.0.1", "no-such-host.invalid:2000"])
def test_a_daemon_that_cannot_be_reached_fails_no_call(
    daemon: socket.socket, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", address)
    with traces.recorded("DynamoDB", "GetItem"):
        answer = "carried out"
    assert answer == "carried out"
