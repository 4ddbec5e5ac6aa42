"""Sending strategies in the file of an account."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from aem.client import Client
from aem.errors import ApiError

SECTION = "sendingStrategies"
PATH = "/provisioning/2/sending-strategies"
MEMBERS = (
    "platform",
    "channel",
    "destinationCountryCode",
    "useStickySender",
    "useGeolocatedSender",
    "priorities",
    "weights",
    "fallback",
)
_FORBIDDEN = 403

Strategy = dict[str, Any]


def readable(client: Client) -> bool:
    """Return whether the key may read sending strategies."""
    try:
        client.page(PATH, {"size": 1})
    except ApiError as error:
        if error.status == _FORBIDDEN:
            return False
        raise
    return True


def current(client: Client) -> Iterator[Strategy]:
    """Yield the account's strategies, with their ids."""
    yield from map(dict, client.rows(PATH, ["sendingStrategyId"]))


def plain(strategy: Mapping[str, Any]) -> Strategy:
    """Return a strategy in the form of a file: without its id and without absent members."""
    found = {
        name: strategy[name] for name in MEMBERS if strategy.get(name) not in (None, "", [], {})
    }
    if "platform" in found:
        found["platform"] = {k: v for k, v in found["platform"].items() if v is not None}
        if not found["platform"]:
            del found["platform"]
    for name in ("useStickySender", "useGeolocatedSender"):
        found[name] = bool(strategy.get(name))
    for name in ("priorities", "weights"):
        if name in found:
            found[name] = sorted(found[name], key=lambda each: json.dumps(each, sort_keys=True))
    return found


def subject(strategy: Mapping[str, Any]) -> str:
    """Return the messages that a strategy is for; at most one has the same."""
    platform = strategy.get("platform") or {}
    parts = {
        "applicationId": platform.get("applicationId"),
        "entityId": platform.get("entityId"),
        "channel": strategy.get("channel"),
        "destinationCountryCode": strategy.get("destinationCountryCode"),
    }
    given = {name: value for name, value in parts.items() if value is not None}
    return json.dumps(given, ensure_ascii=False) if given else "all messages"
