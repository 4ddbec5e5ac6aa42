"""Faults below botocore, which botocore.stub bypasses and moto never has.

botocore's retries, parsing and signing stay in force; only the responses are scripted. It is not
botocore.stub, which skips all of these, nor moto, which never fails.
"""

import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from botocore.retries.quota import RetryQuota

from provisioning.table import dynamodb

Send = Callable[[AWSPreparedRequest], AWSResponse]
Answer = Callable[[AWSPreparedRequest, Send], AWSResponse]
"""What becomes of one request; ``Send`` is the way to the engine."""

REQUEST_ID = "4KBNVRGD25RG1KEO9UT4V3FQDJVV4KQNSO5AEMVJF66Q9ASUAAJG"
"""The service's id of every answered request."""

_ERRORS = "com.amazonaws.dynamodb.v20120810#"


class _Raw:
    """The body of a response, as botocore reads it."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._content


def _response(
    request: AWSPreparedRequest, status: int, document: dict[str, Any], **more: str
) -> AWSResponse:
    content = json.dumps(document).encode()
    fixed = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-RequestId": REQUEST_ID}
    headers = HTTPHeaders.from_dict(fixed | more)
    return AWSResponse(request.url, status, headers, _Raw(content))


def answered(**document: Any) -> Answer:
    """Answer with a document."""
    return lambda request, _: _response(request, 200, document)


def failed(code: str, status: int = 400, **document: Any) -> Answer:
    """Answer with one of DynamoDB's errors."""
    content = {"__type": _ERRORS + code, "message": f"internals of {code}"} | document
    return lambda request, _: _response(request, status, content)


def failed_for(seconds: float, code: str) -> Answer:
    """Answer with an error that asks for a pause before the next try."""
    headers = {"x-amz-retry-after": str(round(seconds * 1000))}
    return lambda request, _: _response(request, 400, {"__type": _ERRORS + code}, **headers)


def cancelled(*reasons: str | dict[str, Any]) -> Answer:
    """Answer that a transaction was cancelled, with the reason for each of its parts."""
    given = [{"Code": reason} if isinstance(reason, str) else reason for reason in reasons]
    return failed("TransactionCanceledException", CancellationReasons=given)


def unreachable(request: AWSPreparedRequest, _: Send) -> AWSResponse:
    """Let the connection fail before the request is sent."""
    raise EndpointConnectionError(endpoint_url=request.url)


def unanswered(request: AWSPreparedRequest, _: Send) -> AWSResponse:
    """Let the request time out without reaching DynamoDB."""
    raise ReadTimeoutError(endpoint_url=request.url)


def passed(request: AWSPreparedRequest, send: Send) -> AWSResponse:
    """Let the request through."""
    return send(request)


def carried_out_but(answer: Answer) -> Answer:
    """Carry the request out, and answer otherwise."""

    def answered_otherwise(request: AWSPreparedRequest, send: Send) -> AWSResponse:
        send(request)
        return answer(request, send)

    return answered_otherwise


@dataclass
class Wire:
    """Replaces the client's connections, and remembers the requests.

    Attributes:
        send_on: The way to the engine; without one every request must have been scripted.
        script: What becomes of the next requests.
        otherwise: What becomes of the requests after the script.
        requests: Operation and parameters of every request so far.
    """

    send_on: Send | None = None
    script: deque[Answer] = field(default_factory=deque)
    otherwise: Answer | None = None
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def then(self, *answers: Answer) -> None:
        """Add to the script."""
        self.script.extend(answers)

    def always(self, answer: Answer) -> None:
        """Answer everything after the script in the same way."""
        self.otherwise = answer

    @property
    def operations(self) -> list[str]:
        """The operations asked for so far."""
        return [operation for operation, _ in self.requests]

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        """Answer a request, as botocore's HTTP session does."""
        operation = cast("bytes", request.headers["X-Amz-Target"]).decode().rpartition(".")[2]
        self.requests.append((operation, json.loads(cast("bytes", request.body))))
        answer = self.script.popleft() if self.script else self.otherwise
        if answer is None:
            assert self.send_on is not None, f"{operation} was not expected"
            return self.send_on(request)
        return answer(request, self.send_on or _no_engine)


def _no_engine(request: AWSPreparedRequest) -> AWSResponse:
    message = f"no engine for {request.url}"
    raise AssertionError(message)


def install(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> Wire:
    """Put a wire between the client of the code under test and the network, for one test.

    The SDK retries no more once many calls have failed; every test begins as if none had.
    """
    monkeypatch.setattr(RetryQuota, "acquire", lambda *_: True)
    monkeypatch.setattr(dynamodb.client()._endpoint.http_session, "send", wire.send)
    return wire


def way_to_engine() -> Send:
    """Return the way that the client's requests take now."""
    send: Send = dynamodb.client()._endpoint.http_session.send
    return send


def through_to_engine(monkeypatch: Any) -> Wire:
    """Put a wire there that lets through what no script answers."""
    return install(Wire(send_on=way_to_engine()), monkeypatch)
