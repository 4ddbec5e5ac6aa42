"""API keys as their manager creates and reads them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.client import ROOT, Client, Response

KEYS = f"{ROOT}/api-keys"
HOUR = timedelta(hours=1)


def moment(delta: timedelta) -> str:
    """Return the time so much later, as clients write it."""
    return (datetime.now(UTC) + delta).isoformat()


def create(owner: Client, **body: Any) -> Response:
    """Ask for an API key."""
    return owner.call("POST", KEYS, body=body)


def created(owner: Client, **body: Any) -> tuple[str, Client]:
    """Create an API key; returns its id and a client that uses it."""
    answer = create(owner, **body)
    assert answer.status == 201, answer.text
    return answer.json["keyId"], Client(answer.json["apiKey"])


def listed(owner: Client, key_id: str) -> dict[str, Any]:
    """Return an API key as its manager reads it."""
    found: dict[str, Any] = owner.call("GET", f"{KEYS}/{key_id}").json
    return found
