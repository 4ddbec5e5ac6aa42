"""boto3's clients heed the environment, and wait no longer than a client does."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ParamValidationError

from provisioning.aws import clients
from provisioning.aws.clients import UnreachableError
from tests.support.call_faults import TRIES
from tests.support.transport import (
    Answer,
    Wire,
    answered,
    carried_out_but,
    failed,
    unanswered,
    unreachable,
)

KEY = {"TableName": "t", "Key": {"PK": {"S": "a"}, "SK": {"S": "b"}}}
FIXED = {"Item": {"PK": {"S": "a"}, "count": {"N": "7"}, "tags": {"L": [{"BOOL": True}]}}}


def damaged(content: bytes, **headers: str) -> Answer:
    """Answer with a body that is not what the service sent."""

    class Raw:
        def stream(self, **_: Any) -> Iterator[bytes]:
            yield content

    return lambda request, _: AWSResponse(request.url, 200, HTTPHeaders.from_dict(headers), Raw())


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
    assert len(wire.requests) == TRIES


def test_an_empty_endpoint_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "")
    assert "amazonaws.com" in clients.create("dynamodb").meta.endpoint_url


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
