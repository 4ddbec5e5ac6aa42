"""Checks the assumptions about AWS on a deployed stage: ``python -m tools.probe_aws URL``.

Each check sends a request or two and prints whether the assumption of docs/aws-assumptions.md
holds. It creates entities with the prefix ``probe-`` and deletes them. The API key, which may
manage entities, is read from the environment variable ``AEM_API_KEY``.
"""

import argparse
import http.client
import json
import os
import ssl
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit

ROOT: Final = "/provisioning/1"
TIMEOUT_SECONDS: Final = 30.0
JSON: Final = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Reply:
    """An answer: status, headers by lower-case name, and body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def message_id(self) -> str:
        """The contract's error, or an empty string if the body is none."""
        try:
            found = json.loads(self.body)["requestError"]["serviceException"]["messageId"]
        except (KeyError, TypeError, ValueError):
            return ""
        return str(found)


@dataclass(frozen=True)
class Stage:
    """A deployed stage.

    Attributes:
        url: Its base URL.
        key: An API key.
    """

    url: str
    key: str

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a request; the path goes out as it is, percent-encoded or not."""
        parts = urlsplit(self.url)
        host, port = parts.hostname or "", parts.port
        connection = (
            http.client.HTTPSConnection(
                host, port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
            )
            if parts.scheme == "https"
            else http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
        )
        try:
            connection.request(
                method,
                parts.path.rstrip("/") + path,
                body,
                {"Authorization": f"App {self.key}", **(headers or {})},
            )
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, names, answer.read())
        finally:
            connection.close()

    def create(self, entity_id: str) -> Reply:
        """Create an entity."""
        return self.send(
            "POST", f"{ROOT}/entities", json.dumps({"entityId": entity_id}).encode(), JSON
        )

    def delete(self, entity_id: str) -> Reply:
        """Delete an entity."""
        return self.send("DELETE", f"{ROOT}/entities/{quote(entity_id, safe='')}")


@dataclass(frozen=True)
class Check:
    """An assumption and what finds out whether it holds."""

    name: str
    holds: Callable[[Stage], bool]


CHECKS: Final[list[Check]] = []


def assumption(name: str) -> Callable[[Callable[[Stage], bool]], Callable[[Stage], bool]]:
    """Register a check under the name that docs/aws-assumptions.md gives it."""

    def register(check: Callable[[Stage], bool]) -> Callable[[Stage], bool]:
        CHECKS.append(Check(name, check))
        return check

    return register


def identifier(suffix: str = "") -> str:
    """Return a new entity id."""
    return f"probe-{uuid.uuid4().hex[:12]}{suffix}"


def is_read_back(stage: Stage, entity_id: str) -> bool:
    """Return whether an entity with this id is created and found by its encoded path."""
    created = stage.create(entity_id)
    try:
        found = stage.send("GET", f"{ROOT}/entities/{quote(entity_id, safe='')}")
        return created.status == http.client.CREATED and (
            json.loads(found.body or b"{}").get("entityId") == entity_id
        )
    finally:
        stage.delete(entity_id)


@assumption("encoded-slash")
def encoded_slash(stage: Stage) -> bool:
    """An encoded slash in a path separates nothing."""
    return is_read_back(stage, identifier("/a"))


@assumption("encoded-percent")
def encoded_percent(stage: Stage) -> bool:
    """An encoded percent sign arrives as it was sent, decoded once."""
    return is_read_back(stage, identifier("%2F"))


@assumption("unicode-path")
def unicode_path(stage: Stage) -> bool:
    """A path may contain any character of UTF-8, encoded."""
    return is_read_back(stage, identifier(" é😀#?"))


@assumption("double-slash")
def double_slash(stage: Stage) -> bool:
    """A path that starts with two slashes leads to the same route."""
    return stage.send("GET", f"/{ROOT}/entities?size=1").status == http.client.OK


@assumption("broken-percent")
def broken_percent(stage: Stage) -> bool:
    """A percent sign without two hexadecimal digits is a client's error in the contract's form."""
    reply = stage.send("GET", f"{ROOT}/entities/%zz")
    return reply.status in {400, 404} and reply.message_id != ""


@assumption("body-on-delete")
def body_on_delete(stage: Stage) -> bool:
    """The body of a DELETE reaches the function: the error names the missing members."""
    reply = stage.send("DELETE", f"{ROOT}/associations", b"{}", JSON)
    return reply.status == http.client.BAD_REQUEST and b"resourceType" in reply.body


@assumption("body-not-utf-8")
def body_not_utf_8(stage: Stage) -> bool:
    """Bytes of a body that are not UTF-8 are refused, whatever media type the client names."""
    body = b'{"entityId": "' + identifier().encode() + b'\xff"}'
    types: list[dict[str, str]] = [
        JSON,
        {"Content-Type": "application/json; charset=iso-8859-1"},
        {},
    ]
    replies = [stage.send("POST", f"{ROOT}/entities", body, headers) for headers in types]
    return {reply.status for reply in replies} == {http.client.BAD_REQUEST}


@assumption("body-intact")
def body_intact(stage: Stage) -> bool:
    """A JSON body reaches the function byte by byte: U+FFFD itself is taken there."""
    sent = identifier("\ufffd")
    body = json.dumps({"entityId": sent}, ensure_ascii=False).encode()
    try:
        return stage.send("POST", f"{ROOT}/entities", body, JSON).status == http.client.CREATED
    finally:
        stage.delete(sent)


@assumption("preflight")
def preflight(stage: Stage) -> bool:
    """The gateway answers a preflight by itself."""
    asked = {"Origin": "https://example.com", "Access-Control-Request-Method": "POST"}
    reply = stage.send("OPTIONS", f"{ROOT}/entities", headers=asked)
    allowed = reply.headers.get("access-control-allow-methods", "")
    return reply.status == http.client.OK and "POST" in allowed


@assumption("repeated-query")
def repeated_query(stage: Stage) -> bool:
    """Both values of a repeated query parameter reach the function, which refuses them."""
    return stage.send("GET", f"{ROOT}/entities?size=1&size=2").status == http.client.BAD_REQUEST


@assumption("unknown-route")
def unknown_route(stage: Stage) -> bool:
    """An unknown route is 404 in the contract's form, whatever its Authorization header."""
    reply = stage.send("GET", f"{ROOT}/nothing")
    return (reply.status, reply.message_id) == (http.client.NOT_FOUND, "NOT_FOUND")


@assumption("unknown-method")
def unknown_method(stage: Stage) -> bool:
    """A method that a route does not have is 404 in the contract's form."""
    reply = stage.send("PATCH", f"{ROOT}/entities")
    return (reply.status, reply.message_id) == (http.client.NOT_FOUND, "NOT_FOUND")


@assumption("too-large")
def too_large(stage: Stage) -> bool:
    """A body over 10 MB is 400 in the contract's form."""
    reply = stage.send("POST", f"{ROOT}/entities", b" " * 10_500_000, JSON)
    return (reply.status, reply.message_id) == (http.client.BAD_REQUEST, "BAD_REQUEST")


@assumption("request-id")
def request_id(stage: Stage) -> bool:
    """Every answer of the gateway has a request id."""
    return "x-amzn-requestid" in stage.send("GET", f"{ROOT}/entities?size=1").headers


def run(stage: Stage) -> Iterator[tuple[str, str]]:
    """Yield each assumption's name, and whether it holds or what stopped its check."""
    for check in CHECKS:
        try:
            yield check.name, "holds" if check.holds(stage) else "does NOT hold"
        except (OSError, http.client.HTTPException, ValueError) as error:
            yield check.name, f"not checked: {type(error).__name__}: {error}"


def main(arguments: list[str]) -> int:
    """Run every check and print the results; the status is 1 unless all hold."""
    parser = argparse.ArgumentParser(prog="python -m tools.probe_aws", description=__doc__)
    parser.add_argument("url", help="the stage's base URL (the output BaseUrl)")
    options = parser.parse_args(arguments)
    key: Any = os.environ.get("AEM_API_KEY")
    if not key:
        parser.error("set AEM_API_KEY to an API key")
    held = True
    for name, outcome in run(Stage(options.url, key)):
        print(f"{name:<18} {outcome}")
        held = held and outcome == "holds"
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
