"""Fixtures of the tests of tenants."""

from collections.abc import Iterator

import pytest

from provisioning.accounts import authentication, key_creation, principals
from provisioning.senders import snapshots
from tests.support.associations import sms
from tests.support.client import Client
from tests.support.senders import Settle, create_strategy
from tests.support.tenants import FOREIGN, NUMBER


@pytest.fixture(autouse=True)
def no_cache(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Look keys up at every request, and forget what was read of platforms."""
    monkeypatch.setattr(authentication, "CACHE_SECONDS", 0)
    snapshots.forget()
    yield
    snapshots.forget()


@pytest.fixture
def world(client: Client, settle: Settle) -> Client:
    """An unrestricted client of an account with two tenants, and the audit of how they came."""
    manager = Client(key_creation.create_key("acme", principals.SCOPES))
    for application in ("shop", FOREIGN, f"{FOREIGN}-gone"):
        assert manager.create("applications", application, application).status == 201
    for entity in ("customer", FOREIGN):
        assert manager.create("entities", entity, entity).status == 201
    for link in (
        sms("shop", "customer", "1"),
        sms("default", None, NUMBER),
        sms(FOREIGN, None, NUMBER),
        sms(FOREIGN, FOREIGN, NUMBER),
        sms(f"{FOREIGN}-gone", None, "2"),
    ):
        assert manager.link(link).status == 201
    create_strategy(manager, {"applicationId": FOREIGN})
    manager.delete("applications", f"{FOREIGN}-gone")
    settle()
    return manager
