"""Generated events against all handlers: never a 500, never a leak, no change without a key.

`make test` sends some thousands, `make fuzz` 100,000 (``FUZZ_EVENTS``). Each example of Hypothesis
is a seed, from which a run of events is made: a failing run is named by its seed.
"""

import json
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provisioning.accounts import accounts, key_changes, key_creation, principals, restrictions
from provisioning.accounts.key_creation import NewKey
from provisioning.accounts.restrictions import Pair
from provisioning.core.origins import COMMAND
from provisioning.http.errors import ERRORS
from provisioning.table import dynamodb
from tests.fuzz.generator import Generator
from tests.fuzz.vocabulary import SECRET
from tests.support.associations import sms
from tests.support.client import Client, Context, load_function

EVENTS = int(os.environ.get("FUZZ_EVENTS", "2000"))
RUN = 100
HIDDEN = "zz-what-no-other-tenant-may-see-zz"
STATUSES = {status for status, _, _ in ERRORS.values()} | {200, 201, 202, 204, 207}
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
