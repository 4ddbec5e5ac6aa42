"""Events for all handlers, from a seed."""

import json
import random
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.fuzz.vocabulary import (
    ASKED,
    BASES,
    BODIES,
    CONTENT_TYPES,
    FORMS,
    FUNCTIONS,
    HEADERS,
    LIKELY,
    MEMBERS,
    SECRET,
    WORDS,
)
from tests.support.associations import sms
from tests.support.client import proxy_event

if TYPE_CHECKING:
    from collections.abc import Callable


class Generator:
    """Makes events from a seed, the same every time."""

    def __init__(self, seed: int, keys: list[str]) -> None:
        self.random = random.Random(seed)
        self.keys = keys

    def text(self) -> str:
        """Return a value: mostly one that is known to be difficult."""
        if self.random.random() < 0.8:
            return self.random.choice(WORDS)
        points = (self.random.choice((0x7F, 0x7FF, 0xFFFF, 0x10FFFF)) for _ in range(6))
        return "".join(chr(self.random.randrange(point)) for point in points)

    def likely(self, member: str) -> str:
        """Return a value for a member: half the time one that may be right."""
        values = LIKELY.get(member, ("shop", "acme", "1"))
        return self.random.choice(values) if self.random.random() < 0.5 else self.text()

    def value(self, depth: int = 2) -> Any:
        """Return a JSON value."""
        plain: list[Callable[[], Any]] = [
            self.text,
            self.text,
            lambda: self.random.choice((None, True, 0, -1, 1.5, 10**50)),
        ]
        nested: list[Callable[[], Any]] = [
            lambda: [self.value(depth - 1) for _ in range(self.random.randrange(3))],
            lambda: self.document(depth - 1),
        ]
        return self.random.choice(plain + nested if depth else plain)()

    def document(self, depth: int = 2) -> dict[str, Any]:
        """Return a JSON object with members that mean something."""
        count = self.random.randrange(6)
        return {self.random.choice(MEMBERS): self.value(depth) for _ in range(count)}

    def link(self) -> dict[str, Any]:
        """Return an association that is nearly right."""
        return sms("default", None, "1") | self.document(0)

    def body(self) -> str | bytes | None:
        """Return a body of any kind."""
        match self.random.randrange(6):
            case 0:
                return None
            case 1:
                return self.random.choice(BODIES)
            case 2:
                return self.random.randbytes(self.random.randrange(40))
            case 3:
                return json.dumps(self.link())
        return json.dumps(self.document())

    def form(self) -> bytes:
        """Return a form that is mostly malformed."""
        if self.random.random() < 0.2:
            return b"&".join(
                f"{name}={quote(self.text(), errors='replace')}".encode()
                for name in self.random.choices(MEMBERS, k=3)
            )
        parts = b"".join(
            b"--b\r\n%s\r\n\r\n%s\r\n"
            % (self.random.choice(FORMS).encode(), self.text().encode(errors="replace"))
            for _ in range(self.random.randrange(5))
        )
        return parts + self.random.choice((b"--b--\r\n", b"--b", b"", b"\xff"))

    def repeat(self, event: dict[str, Any]) -> None:
        """Repeat a header, or spell it in another way."""
        lines: dict[str, list[str]] = event["multiValueHeaders"] or {}
        for name in list(lines):
            if self.random.random() < 0.5:
                lines[name] = lines[name] + [self.random.choice((lines[name][0], self.text()))]
            else:
                lines[name.upper()] = [self.text()]

    def path(self, root: str) -> str:
        """Return a path, with an id and more behind it at times."""
        path = root
        for _ in range(self.random.choice((0, 0, 1, 1, 2))):
            segment = self.random.choice((self.text(), "single", "resume", "rotate"))
            encoded = quote(segment, safe="", errors="replace")
            path += "/" + (segment if self.random.random() < 0.05 else encoded)
        return path

    def event(self) -> tuple[str, str, dict[str, Any]]:
        """Return a key, the function to call, and an event that may hold the key."""
        root, function = self.random.choice([*FUNCTIONS.items()])
        if self.random.random() < 0.1:
            function = self.random.choice([*FUNCTIONS.values()])
        # Half of all events should get past the key, or little else would be tried.
        mostly = [self.keys[0]] * 10
        key = self.random.choice([*mostly, *self.keys, "", "guess", self.text(), SECRET])
        headers = {
            self.random.choice(HEADERS): self.text() for _ in range(self.random.randrange(3))
        }
        scheme = self.random.choice((*["App "] * 6, "app ", "Bearer ", ""))
        if self.random.random() < 0.95:
            headers["Authorization"] = scheme + key
        method = self.random.choice(("GET", "GET", "POST", "PUT", "DELETE", "PATCH", "", "get"))
        body = self.body()
        if self.random.random() < (0.6 if function == "messages" else 0.05):
            headers["Content-Type"], body = self.random.choice(CONTENT_TYPES), self.form()
        event = proxy_event(method, self.random.choice(BASES) + self.path(root), headers, body)
        if self.random.random() < 0.5:
            event["resource"] = root
        asked = MEMBERS if self.random.random() < 0.3 else ASKED.get(function, ("page", "size"))
        members = self.random.choices(asked, k=self.random.randrange(5))
        query = {member: [self.likely(member)] for member in members}
        event["multiValueQueryStringParameters"] = query or None
        if self.random.random() < 0.02:
            event |= {"isBase64Encoded": True, "body": self.text()}
        if self.random.random() < 0.02:
            event[self.random.choice(("headers", "multiValueQueryStringParameters", "body"))] = None
        if self.random.random() < 0.1:
            self.repeat(event)
        return (key if scheme.lower() == "app " else ""), function, event
