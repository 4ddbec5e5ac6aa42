"""The audit: how its entries come to be, and how a client reads them."""

from collections.abc import Callable
from typing import Any

from provisioning.accounts import authentication
from tests.support.client import ROOT, Client, Context, load_function
from tests.support.stream import Record

AUDIT = f"{ROOT}/audit"
Settle = Callable[[], list[Record]]
"""Delivers all stream records until there are no more; returns those of the audit."""


def follow(records: list[Record]) -> None:
    """Deliver stream records to the function that writes the audit."""
    load_function("changes").handler({"Records": records}, Context())


def entries(client: Client, **query: Any) -> list[dict[str, Any]]:
    """Return all entries, newest first, over all pages."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = client.call("GET", AUDIT, query=query | cursor).json
        found += page["results"]
        if "next" not in page["paging"]:
            return found
        cursor = {"cursor": page["paging"]["next"]}


def members_of(entry: dict[str, Any], *members: str) -> list[Any]:
    """Return some members of an entry, None for each that it lacks."""
    return [entry.get(member) for member in members]


def key_id_of(client: Client) -> str:
    """Return the id of a client's API key."""
    assert client.api_key is not None
    return authentication.authenticate(client.api_key).key_id
