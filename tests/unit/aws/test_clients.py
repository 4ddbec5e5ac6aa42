"""boto3's clients heed the environment, and wait no longer than a client does."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ParamValidationError

from provisioning.aws import bounds, clients
from provisioning.aws.clients import ServiceError, UnreachableError
from tests.support.transport import (
    Answer,
    Send,
    Wire,
    answered,
    carried_out_but,
    failed,
    unanswered,
    unreachable,
)

KEY = {"TableName": "t", "Key": {"PK": {"S": "a"}, "SK": {"S": "b"}}}
FIXED = {"Item": {"PK": {"S": "a"}, "count": {"N": "7"}, "tags": {"L": [{"BOOL": True}]}}}
THROTTLES = [
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
]


def damaged(content: bytes, **headers: str) -> Answer:
    """Answer with a body that is not what the service sent."""

    class Raw:
        def stream(self, **_: Any) -> Iterator[bytes]:
            yield content

    return lambda request, _: AWSResponse(request.url, 200, HTTPHeaders.from_dict(headers), Raw())


@pytest.fixture
def client() -> clients.Client:
    return clients.create("dynamodb")


@pytest.fixture
def wire(client: clients.Client, monkeypatch: pytest.MonkeyPatch, pauses: list[float]) -> Wire:
    made = Wire()
    monkeypatch.setattr(client._endpoint.http_session, "send", made.send)
    return made


@pytest.mark.parametrize("code", THROTTLES)
def test_a_throttled_call_is_retried_by_whatever_name(
    client: clients.Client, wire: Wire, code: str
) -> None:
    wire.then(failed(code), answered(**FIXED))
    assert clients.call(client, "GetItem", KEY)["Item"] == FIXED["Item"]
    assert code in clients.THROTTLES


@pytest.mark.parametrize(
    "fault",
    [
        failed("InternalServerError", 500),
        failed("RequestTimeoutException"),
        failed("ServiceUnavailable", 503),
        unreachable,
        unanswered,
        damaged(b"<html>"),
        damaged(b"{}", **{"x-amz-crc32": "1"}),
    ],
)
def test_temporary_failures_are_retried(client: clients.Client, wire: Wire, fault: Answer) -> None:
    wire.then(fault, answered(**FIXED))
    assert clients.call(client, "GetItem", KEY)["Item"] == FIXED["Item"]


@pytest.mark.parametrize("fault", [damaged(b"<html>"), damaged(b"{}", **{"x-amz-crc32": "1"})])
def test_a_response_that_stays_damaged_is_no_result(
    client: clients.Client, wire: Wire, fault: Answer
) -> None:
    wire.always(fault)
    with pytest.raises(UnreachableError):
        clients.call(client, "GetItem", KEY)
    assert len(wire.requests) == 3


def test_the_number_of_tries_is_that_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "5")
    client = clients.create("dynamodb")
    wire = Wire()
    monkeypatch.setattr(client._endpoint.http_session, "send", wire.send)
    wire.always(failed("ThrottlingException"))
    with pytest.raises(ServiceError, match="ThrottlingException"):
        clients.call(client, "GetItem", KEY)
    assert len(wire.requests) == 5


def test_no_retry_begins_after_a_waiting_client_s_time(
    client: clients.Client, wire: Wire, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = 0.0

    def slow(request: AWSPreparedRequest, send: Send) -> AWSResponse:
        nonlocal moment
        moment += bounds.REQUEST_SECONDS
        return failed("ThrottlingException")(request, send)

    monkeypatch.setattr("provisioning.aws.bounds.time.monotonic", lambda: moment)
    wire.always(slow)
    with bounds.client_waiting(), pytest.raises(ServiceError):
        clients.call(client, "GetItem", KEY)
    assert len(wire.requests) == 1
    assert not pauses


def test_work_that_no_client_waits_for_has_no_bound_of_time(
    client: clients.Client, wire: Wire
) -> None:
    with bounds.client_waiting():
        assert bounds.seconds_left() <= bounds.REQUEST_SECONDS
    assert bounds.seconds_left() == float("inf")


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("AWS_USE_FIPS_ENDPOINT", "dynamodb-fips.us-east-1.amazonaws.com"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "dynamodb.us-east-1.api.aws"),
    ],
)
def test_the_kinds_of_endpoints_of_the_environment_are_used(
    monkeypatch: pytest.MonkeyPatch, name: str, host: str
) -> None:
    monkeypatch.setenv(name, "true")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    assert clients.create("dynamodb").meta.endpoint_url == f"https://{host}"


def test_an_empty_endpoint_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "")
    assert "amazonaws.com" in clients.create("dynamodb").meta.endpoint_url


def test_a_proxy_and_a_private_authority_of_the_environment_are_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test:3128")
    monkeypatch.setenv("AWS_CA_BUNDLE", "/authority.pem")
    session = clients.create("dynamodb")._endpoint.http_session
    assert session._verify == "/authority.pem"
    assert session._proxy_config.proxy_url_for("https://dynamodb.test") == "http://proxy.test:3128"


def test_a_deployed_function_does_not_validate_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "applications")
    client, wire = clients.create("dynamodb"), Wire()
    monkeypatch.setattr(client._endpoint.http_session, "send", wire.send)
    wire.then(answered(**FIXED))
    assert clients.call(client, "GetItem", {"TableName": "t"})["Item"] == FIXED["Item"]


def test_a_test_sends_no_call_that_the_service_would_not_understand(
    client: clients.Client,
) -> None:
    with pytest.raises(ParamValidationError):
        clients.call(client, "GetItem", {"TableName": "t"})


def test_a_lost_response_sends_the_same_token_again(client: clients.Client, wire: Wire) -> None:
    wire.send_on = lambda request: answered()(request, lambda _: pytest.fail("sent on"))
    wire.then(carried_out_but(unanswered), answered())
    put = {"Put": {"TableName": "t", "Item": {"PK": {"S": "a"}}}}
    clients.call(
        client, "TransactWriteItems", {"TransactItems": [put], "ClientRequestToken": "token"}
    )
    assert [json.dumps(sent) for _, sent in wire.requests[:1]] == [
        json.dumps(sent) for _, sent in wire.requests[1:]
    ]
