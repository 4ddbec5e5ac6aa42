"""Submissions delivered to their function, and the entities that they leave."""

from datetime import datetime, timedelta
from typing import Any

from provisioning.core import clock
from provisioning.core.kinds import ENTITY
from provisioning.resources import parents
from provisioning.table import keys, reads
from tests.support.client import Context, load_function
from tests.support.queues import event_of, failed, queued

ACCOUNT = "acme"


def deliver(*bodies: str) -> list[str]:
    """Hand messages to the function; return the ids of those that it reports."""
    return failed(load_function("submissions").handler(event_of(*bodies), Context()))


def naming(*names: Any, at: str | None = None) -> str:
    """A submission of a message for each entity."""
    submission = {"messages": [{"entityId": name} for name in names]}
    return queued(submission, ACCOUNT, at)


def item(name: str) -> Any:
    """Return the stored item of an entity that exists."""
    return parents.get(ACCOUNT, ENTITY, name)


def exists(name: str) -> bool:
    """Return whether there is an entity."""
    return reads.get(keys.parent(ACCOUNT, ENTITY, name)) is not None


def after(moment: str, milliseconds: int = 1) -> str:
    """Return the time so much later."""
    return clock.text(datetime.fromisoformat(moment) + timedelta(milliseconds=milliseconds))


def deletion(name: str) -> str:
    """When an entity was deleted, as it is remembered."""
    remembered = reads.get(keys.parent_tombstone(ACCOUNT, ENTITY, name))
    assert remembered is not None
    moment: str = remembered["deletedAt"]
    return moment
