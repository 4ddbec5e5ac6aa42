"""A local gateway whose functions answer what a test wants."""

import json
from typing import Any

from local.console import Console
from local.gateway.api import Gateway
from local.gateway.events import Call
from local.gateway.http import Reply, Request
from local.resources import Api
from local.worker import Answer

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:{}"
GATEWAY_RESPONSES = {
    "MISSING_AUTHENTICATION_TOKEN": {
        "statusCode": "404",
        "responseTemplates": {"application/json": '{"id":"none"}'},
        "responseParameters": {"gatewayresponse.header.X-Fixed": "'yes'"},
    },
    "DEFAULT_4XX": {"responseTemplates": {"application/json": '{"m":"4XX"}'}},
    "DEFAULT_5XX": {"statusCode": 500},
}


def to(name: str) -> dict[str, Any]:
    """Write the operation of a route that leads to a function."""
    uri = (
        "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
        f"{FUNCTION.format(name)}/invocations"
    )
    return {"x-amazon-apigateway-integration": {"type": "aws_proxy", "uri": uri}}


def document(**extensions: Any) -> dict[str, Any]:
    """Write the API's document."""
    mock = {
        "type": "mock",
        "responses": {
            "default": {
                "statusCode": "200",
                "responseTemplates": {"application/json": "{}\n"},
                "responseParameters": {"method.response.header.Access": "'*'"},
            }
        },
    }
    return {
        "paths": {
            "/things": {"get": to("List"), "post": to("Create")},
            "/things/{id}": {"get": to("Get"), "delete": to("Delete")},
            "/things/single": {"get": to("Single")},
            "/things/{id}/parts/{part}": {"get": to("Part")},
            "/docs": {"get": to("Docs")},
            "/mock": {"options": {"x-amazon-apigateway-integration": mock}},
        },
        "x-amazon-apigateway-gateway-responses": GATEWAY_RESPONSES,
        **extensions,
    }


class Log(Console):
    """Keeps what the gateway would show."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.requests: list[tuple[Call, Reply]] = []

    def request(self, call: Call, reply: Reply) -> None:
        """Keep a request."""
        self.requests.append((call, reply))

    def note(self, text: str) -> None:
        """Keep a note."""
        self.notes.append(text)


class Bench:
    """A gateway whose functions answer what a test wants."""

    def __init__(self, **extensions: Any) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.answer: Answer = answered(statusCode=200)
        self.log = Log()
        self.gateway = Gateway(
            Api(document(**extensions), {"StageName": "v1"}),
            lambda arn: arn.rpartition(":")[2],
            self.invoke,
            self.log,
        )

    def invoke(self, name: str, event: bytes) -> Answer:
        """Replace a function."""
        self.events.append((name, json.loads(event)))
        return self.answer

    def send(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        headers: list[tuple[str, str]] | None = None,
    ) -> Reply:
        """Send a request."""
        return self.gateway.handle(Request(method, target, headers or [], body, "10.1.2.3"))

    def event(self, *arguments: Any, **more: Any) -> dict[str, Any]:
        """Send a request and return the event that it became."""
        self.send(*arguments, **more)
        return self.events[-1][1]


def answered(**members: Any) -> Answer:
    """Write a function's answer."""
    return Answer(json.dumps(members).encode())
