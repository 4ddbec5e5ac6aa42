"""Sending strategies in the file of an account."""

import json
import re
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
_SAME = re.compile("is for the same messages$")
_FULL = re.compile("sending strategies, the maximum$")
"""The API's words where a strategy conflicts with others.

Only the words show the conflict: the status is 400 and the errorCode E400, as for any mistake, and
the member is ``channel`` or ``platform``, as for a wrong one. Other words stop a command, and
nothing is replaced."""

Strategy = dict[str, Any]


def readable(client: Client) -> bool:
    """Return whether the key may read sending strategies."""
    try:
        client.page(PATH, {"size": 1})
    except ApiError as error:
        if error.is_forbidden:
            return False
        raise
    return True


def current(client: Client) -> Iterator[Strategy]:
    """Yield the account's strategies, with their ids."""
    yield from map(dict, client.rows(PATH, ["sendingStrategyId"]))


def plain(strategy: Mapping[str, Any]) -> Strategy:
    """Return a strategy in the form of a file: without its id and without absent members."""
    members = {
        **strategy,
        "platform": _platform(strategy),
        "destinationCountryCode": _country(strategy),
        "useStickySender": bool(strategy.get("useStickySender")),
        "useGeolocatedSender": bool(strategy.get("useGeolocatedSender")),
    }
    found = {name: members[name] for name in MEMBERS if members.get(name) not in (None, [], {}, "")}
    for name in ("priorities", "weights"):
        if name in found:
            found[name] = sorted(found[name], key=lambda each: json.dumps(each, sort_keys=True))
    return found


def subject(strategy: Mapping[str, Any]) -> str:
    """Return the messages that a strategy is for; at most one has the same."""
    parts = {
        **_platform(strategy),
        "channel": strategy.get("channel"),
        "destinationCountryCode": _country(strategy),
    }
    given = {name: value for name, value in parts.items() if value}
    return json.dumps(given, ensure_ascii=False) if given else "all messages"


def parents(strategy: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return the application and the entity that a strategy names."""
    platform = _platform(strategy)
    return platform.get("applicationId"), platform.get("entityId")


def _platform(strategy: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ids of a platform in the order of a subject; an empty id is no id."""
    platform = strategy.get("platform") or {}
    names = ("applicationId", "entityId")
    return {name: platform[name] for name in names if platform.get(name)}


def _country(strategy: Mapping[str, Any]) -> str:
    """Return the country of destination as the API stores it, in capitals; "" for all."""
    return str(strategy.get("destinationCountryCode") or "").upper()


def exists_already(error: ApiError) -> bool:
    """Return whether a strategy was refused only because another is for the same messages."""
    problems = [problem for _, problem in error.violations]
    return error.is_own and bool(problems) and all(map(_SAME.search, problems))


def has_no_room(error: ApiError) -> bool:
    """Return whether a strategy was refused because of those that the account has."""
    return error.is_own and any(_FULL.search(problem) for _, problem in error.violations)
