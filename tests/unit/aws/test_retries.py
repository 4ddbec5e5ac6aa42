"""Calls that fail are retried by AWS's rules, and no longer than someone waits for them."""

from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.retries.standard import ThrottledRetryableChecker

from provisioning.aws import bounds, clients
from provisioning.aws.clients import ServiceError
from provisioning.core.errors import CapacityExceededError, ThrottledError
from provisioning.queues import delivery
from provisioning.table import dynamodb
from tests.support.call_faults import TRIES
from tests.support.client import Context
from tests.support.transport import Answer, Send, Wire, answered, failed, failed_for

KEY: dict[str, Any] = {"TableName": "t", "Key": {"PK": {"S": "a"}, "SK": {"S": "b"}}}
FOUND = answered(Item={"PK": {"S": "a"}})
NAMES = set(vars(ThrottledRetryableChecker)["_THROTTLED_ERROR_CODES"])
CONFLICT = "TransactionInProgressException"


@pytest.mark.parametrize("code", sorted(NAMES))
def test_a_throttled_call_is_retried_by_whatever_name(
    client: clients.Client, wire: Wire, code: str
) -> None:
    wire.then(failed(code), FOUND)
    assert clients.call(client, "GetItem", KEY)["Item"]


@pytest.mark.parametrize("code", sorted(NAMES - {CONFLICT}))
def test_a_call_that_stays_throttled_is_too_much_by_whatever_name(
    monkeypatch: pytest.MonkeyPatch, pauses: list[float], code: str
) -> None:
    wire = Wire()
    monkeypatch.setattr(dynamodb.client()._endpoint.http_session, "send", wire.send)
    wire.always(failed(code))
    with pytest.raises(CapacityExceededError):
        dynamodb.call("GetItem", **KEY)
    monkeypatch.setattr(delivery.client()._endpoint.http_session, "send", wire.send)
    with pytest.raises(ThrottledError):
        delivery.send("https://sqs.test/queue", "{}")


def nameless(status: int) -> Answer:
    """Answer as something between here and the service does: by a status alone."""

    def answer(request: AWSPreparedRequest, send: Send) -> AWSResponse:
        response = answered()(request, send)
        response.status_code = status
        return response

    return answer


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_refusal_without_a_name_is_retried(
    client: clients.Client, wire: Wire, status: int
) -> None:
    wire.then(nameless(status), FOUND)
    assert clients.call(client, "GetItem", KEY)["Item"]


def test_a_refusal_without_a_name_that_stays_is_a_throttle(
    client: clients.Client, wire: Wire
) -> None:
    wire.always(nameless(429))
    with pytest.raises(ServiceError) as caught:
        clients.call(client, "GetItem", KEY)
    assert caught.value.code in clients.THROTTLES


def test_the_service_says_how_long_to_pause(
    client: clients.Client, wire: Wire, pauses: list[float]
) -> None:
    wire.then(failed_for(3.5, "ThrottlingException"), FOUND)
    assert clients.call(client, "GetItem", KEY)["Item"]
    assert pauses == [3.5]


def test_a_pause_that_the_service_asks_for_has_an_end(
    client: clients.Client, wire: Wire, pauses: list[float]
) -> None:
    wire.then(failed_for(3600, "ThrottlingException"), FOUND)
    assert clients.call(client, "GetItem", KEY)["Item"]
    assert pauses[0] <= 6


def test_a_client_does_not_wait_as_long_as_the_service_asks_for(
    client: clients.Client, wire: Wire, pauses: list[float]
) -> None:
    wire.always(failed_for(bounds.REQUEST_SECONDS + 1, "ThrottlingException"))
    with bounds.client_waiting(), pytest.raises(ServiceError):
        clients.call(client, "GetItem", KEY)
    assert len(wire.requests) == 1
    assert not pauses


def test_a_failure_is_retried_within_milliseconds(
    client: clients.Client, wire: Wire, pauses: list[float]
) -> None:
    wire.always(failed("InternalServerError", 500))
    with pytest.raises(ServiceError):
        clients.call(client, "GetItem", KEY)
    assert len(wire.requests) == TRIES
    assert sum(pauses) < 0.2


def test_the_number_of_tries_is_that_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "5")
    client, wire = clients.create("dynamodb"), Wire()
    monkeypatch.setattr(client._endpoint.http_session, "send", wire.send)
    wire.always(failed("ThrottlingException"))
    with pytest.raises(ServiceError, match="ThrottlingException"):
        clients.call(client, "GetItem", KEY)
    assert len(wire.requests) == 5


# --- how long someone waits ---------------------------------------------------------------------


class Clock:
    """Time that passes with each call and each pause."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, call_seconds: float) -> None:
        self.now, self._call_seconds = 0.0, call_seconds
        monkeypatch.setattr("provisioning.aws.bounds.time.monotonic", lambda: self.now)
        monkeypatch.setattr("time.sleep", self.pass_by)

    def pass_by(self, seconds: float) -> None:
        self.now += seconds

    def throttled(self, request: AWSPreparedRequest, send: Send) -> AWSResponse:
        """Answer after a while that there are too many calls."""
        self.pass_by(self._call_seconds)
        return failed("ThrottlingException")(request, send)


def test_no_retry_begins_after_a_waiting_client_s_time(
    client: clients.Client, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch, bounds.REQUEST_SECONDS)
    wire.always(clock.throttled)
    with bounds.client_waiting(), pytest.raises(ServiceError):
        clients.call(client, "GetItem", KEY)
    assert len(wire.requests) == 1


@pytest.mark.parametrize(("left", "tries"), [(60.0, 20), (3.0, 1)])
def test_a_function_that_no_client_waits_for_retries_as_long_as_it_has_time(
    monkeypatch: pytest.MonkeyPatch, left: float, tries: int
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "20")
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", pause_a_second)
    client, wire, clock = clients.create("dynamodb"), Wire(), Clock(monkeypatch, 0.5)
    monkeypatch.setattr(client._endpoint.http_session, "send", wire.send)
    wire.always(clock.throttled)

    @bounds.within_time_left
    def handler(_event: Any, _context: Any) -> Any:
        return clients.call(client, "GetItem", KEY)

    class Left(Context):
        def get_remaining_time_in_millis(self) -> int:
            return int(left * 1000)

    with pytest.raises(ServiceError):
        handler({}, Left())
    assert len(wire.requests) == tries
    assert clock.now <= left - bounds.READ_SECONDS
    assert bounds.seconds_left() == float("inf")


def pause_a_second(*_: object) -> float:
    return 1.0
