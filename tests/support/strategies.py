"""Sending strategies as a client lists them."""

from typing import Any

from provisioning.operations import lookup, worker
from tests.support.client import ROOT, Client
from tests.support.senders import STRATEGIES


def listed(client: Client, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.call("GET", STRATEGIES, query=query).json["results"]
    return found


def carried_out(answer_location: str) -> str:
    """Carry an operation out, and return its path."""
    operation_id = answer_location.rpartition("/")[2]
    worker.advance(lookup.get("acme", operation_id))
    return f"{ROOT}/operations/{operation_id}"
