"""Generated events against all handlers: never a 500, never a leak, no change without a key.

`make test` sends some thousands, `make fuzz` 100,000 (``FUZZ_EVENTS``). Each example of Hypothesis
is a seed, from which a run of events is made: a failing run is named by its seed.
"""

import json
import os
import random
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provisioning.accounts import (
    accounts,
    key_changes,
    key_creation,
    principals,
    restrictions,
)
from provisioning.accounts.key_creation import NewKey
from provisioning.accounts.restrictions import Pair
from provisioning.core.origins import COMMAND
from provisioning.http.errors import ERRORS
from provisioning.table import dynamodb
from tests.support.associations import sms
from tests.support.client import Client, Context, load_function, proxy_event
from tests.support.ids import STRANGE_IDS

if TYPE_CHECKING:
    from collections.abc import Callable

EVENTS = int(os.environ.get("FUZZ_EVENTS", "2000"))
RUN = 100
SECRET = "zz-what-no-other-account-may-see-zz"
HIDDEN = "zz-what-no-other-tenant-may-see-zz"
STATUSES = {status for status, _, _ in ERRORS.values()} | {200, 201, 202, 204, 207}
FUNCTIONS = {
    "/provisioning/1/applications": "applications",
    "/provisioning/1/entities": "entities",
    "/provisioning/1/associations": "associations",
    "/provisioning/1/associations/single": "associations",
    "/provisioning/1/associations/bulk": "associations",
    "/provisioning/1/applications/bulk": "applications",
    "/provisioning/1/entities/bulk": "entities",
    "/provisioning/1/operations": "operations",
    "/provisioning/1/api-keys": "keys",
    "/provisioning/1/limits": "limits",
    "/provisioning/1/audit": "audit",
    "/provisioning/1/associations/unlink": "associations",
    "/provisioning/1/associations/reassign": "associations",
    "/provisioning/1/settings": "settings",
    "/provisioning/1/summary": "limits",
    "/provisioning/1/resources": "resources",
    "/provisioning/1/resources/NUMBER": "resources",
    "/provisioning/1/inbound/resolve": "resources",
    "/provisioning/1/senders/resolve": "senders",
    "/provisioning/2/sending-strategies": "sending_strategies",
    "/provisioning/1/messages": "messages",
    "/provisioning/1/current-api-key": "keys",
}
"""Which function answers under which path."""
MEMBERS = (
    "applicationId",
    "applicationName",
    "entityId",
    "entityName",
    "resourceType",
    "channel",
    "resourceId",
    "link",
    "unlink",
    "create",
    "delete",
    "scopes",
    "platform",
    "expiresAt",
    "name",
    "overlapSeconds",
    "page",
    "size",
    "cursor",
    "since",
    "until",
    "actor",
    "keyId",
    "to",
    "filter",
    "target",
    "dryRun",
    "messages",
    "onLinked",
    "prefix",
    "include",
    "linksAny",
)
WORDS = (
    *STRANGE_IDS.values(),
    "shop",
    "acme",
    "default",
    "NUMBER",
    "SMS",
    "DOMAIN",
    "EMAIL",
    "0",
    "-1",
    "1e9",
    "999999999999999999999999",
    "null",
    "",
    "2026-01-01T00:00:00Z",
    "9999-12-31T23:59:59+00:00",
    "0001-01-01T00:00:00-23:59",
    "application-entity:read",
    "\ud800",
    "\udfff\ud800",
)
MOMENTS = (
    "2026-01-01T00:00:00Z",
    "2027-01-01T00:00:00.123456789-12:00",
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+23:59",
    "2026-02-30T00:00:00Z",
    "2016-12-31T23:59:60Z",
    "1767225600",
)
ASKED = {
    "audit": ("since", "until", "cursor", "size", "applicationId", "actor"),
    "associations": ("page", "size", "resourceType", "channel", "resourceId", "applicationId"),
}
"""What the queries of a function mostly name."""
LIKELY = {
    "since": MOMENTS,
    "until": MOMENTS,
    "expiresAt": MOMENTS,
    "cursor": ("2026-01-01T00:00:00.000Z_0-000", "9999-99-99T99:99:99.999Z_f", "MjAyNg"),
    "size": ("1", "20", "400", "401"),
    "page": ("0", "1", "2147483647"),
    "resourceType": ("NUMBER", "DOMAIN"),
    "channel": ("SMS", "EMAIL"),
}
"""Values that get past the first check of a member."""
BODIES = (
    "",
    "{",
    "[]",
    "null",
    "NaN",
    '{"applicationId":1e999}',
    '{"a":' * 40 + "1" + "}" * 40,
    "[" * 5000,
    "9" * 5000,
    '{"applicationId":"a","applicationId":"b"}',
    '{"applicationId":"\\ud800"}',
    "\ufeff{}",
)
BASES = ("", "", "", "/v1", "/provisioning", "/my/provisioning/1", "/%2F", "//")
"""What a path has before the root: a stage or a base path."""
FORMS = (
    'Content-Disposition: form-data; name="entityId"',
    'Content-Disposition: form-data; name="applicationId"; x',
    "Content-Disposition: form-data; name*=utf-8''entityId",
    "Content-Disposition: form-data; name*0=entity; name*1=Id",
    'Content-Disposition: form-data; name="' + ";" * 3000,
    "Content-Disposition: form-data; name*" + "9" * 500 + "=x",
    "Content-Disposition: form-data; filename*=a\0b''x",
    "Content-Type: multipart/mixed; boundary=inner\r\nContent-Disposition: form-data; name=a",
    "Content-Type: message/rfc822\r\nContent-Disposition: form-data; name=a",
    "X: y",
    "",
)
"""Headers of a form's part."""
CONTENT_TYPES = (
    "multipart/form-data; boundary=b",
    "multipart/form-data",
    "multipart/form-data; boundary=" + "b" * 200,
    "multipart/form-data; boundary*=utf-8''b",
    "application/x-www-form-urlencoded",
    "application/json; charset=iso-8859-1",
)
HEADERS = ("If-Match", "Idempotency-Key", "Content-Type", "Origin", "X-Forwarded-For", "Accept")


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


ERROR_FORMS = (
    {"requestError"},
    {"errorCode", "description", "action", "violations", "resources"},
)
BOUND = {
    "application": (Pair("shop", None),),
    "entity": (Pair(None, "acme"),),
    "both": (Pair("shop", "acme"),),
    "any": (Pair("shop", None, links_any=True), Pair("missing", None)),
}
"""What restricted keys are restricted to."""


def bound_key(*pairs: Pair) -> str:
    scopes = (principals.MANAGE, principals.SENDING)
    wanted = NewKey(scopes, restrictions.simplified(pairs))
    return key_creation.create("acme", wanted, COMMAND)[1]


@pytest.fixture
def world(client: Client, submission_queues: object) -> dict[str, str | None]:
    """Two accounts with the same ids; keys of the first by what they may do."""
    accounts.create("other")
    other = Client(key_creation.create_key("other", principals.SCOPES))
    other.create("applications", SECRET, SECRET)
    for one in (client, other):
        one.create("applications", "shop", SECRET if one is other else "Shop")
        one.create("entities", "acme")
        one.link(sms("shop", "acme"))
    other.link(sms("shop", "acme", SECRET))
    client.create("applications", HIDDEN, HIDDEN)
    client.create("entities", HIDDEN, HIDDEN)
    client.link(sms(HIDDEN, HIDDEN, HIDDEN))
    revoked, revoked_secret = key_creation.create("acme", NewKey(), COMMAND)
    key_changes.revoke(principals.unrestricted("acme"), revoked["keyId"], COMMAND)
    expired = key_creation.create("acme", NewKey(until=1), COMMAND)[1]
    return {
        "manage": client.api_key,
        **{name: bound_key(*pairs) for name, pairs in BOUND.items()},
        "read": key_creation.create_key("acme", (principals.READ,)),
        "keys": key_creation.create_key("acme", (principals.KEYS,)),
        "revoked": revoked_secret,
        "expired": expired,
    }


@settings(
    max_examples=max(1, EVENTS // RUN),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32))
def test_no_event_breaks_or_opens_anything(world: dict[str, str | None], seed: int) -> None:
    generator = Generator(seed, [key for key in world.values() if key])
    may_write = {world[name] for name in ("manage", "keys", *BOUND)}
    restricted = {world[name] for name in BOUND}
    for number in range(RUN):
        key, name, event = generator.event()
        function = load_function(name)
        context = f"event {number} of seed {seed}: {event}"
        answer = function.handler(event, Context())
        check_answer(answer, event, context)
        if key.strip() in restricted:
            check_tenant(answer, event, context)
        if key.strip() not in may_write and name != "senders":  # It stores the pool that it read.
            # A look-up may note that the key is in use, once an hour.
            assert dynamodb.usage.write_units <= (key.strip() == world["read"]), context
        if key.strip() in {world["revoked"], world["expired"]}:
            assert answer["statusCode"] in {401, 404}, context


def check_tenant(answer: dict[str, Any], event: dict[str, Any], context: str) -> None:
    """Assert that an answer for a restricted key shows nothing of the rest of the account."""
    sent = json.dumps(event, ensure_ascii=False)
    assert HIDDEN not in answer["body"] or HIDDEN in sent, context


def check_answer(answer: dict[str, Any], event: dict[str, Any], context: str) -> None:
    """Assert that an answer is one of the contract's, and shows nothing of anybody else's."""
    status, body = answer["statusCode"], answer["body"]
    assert status in STATUSES, context
    assert status != 500, context
    body.encode()
    if body:
        document = json.loads(body)
        if status >= 400:
            assert set(document) in ERROR_FORMS, context
        if status == 207:
            assert 500 not in {result["status"] for result in document["results"]}, context
    # A client that sends the secret itself may get it back; nobody else may see it.
    sent = json.dumps(event, ensure_ascii=False)
    assert SECRET not in body or SECRET in sent, context
    assert "Traceback" not in body, context
