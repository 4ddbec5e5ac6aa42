"""API keys: their names, for tables that say who did something, and what the one in use sees."""

from collections.abc import Mapping

from aem.client import Client
from aem.errors import ApiError, CommandError

CURRENT_KEY = "/provisioning/1/current-api-key"
_KEYS = "/provisioning/1/api-keys"
_PAGE = 50
"""The most keys that a page can have (the OpenAPI document)."""


def key_names(client: Client) -> Mapping[str, str]:
    """Return the names of the account's keys by id; empty if the key in use may not list them."""
    names: dict[str, str] = {}
    try:
        for page in client.pages(_KEYS, {}, _PAGE):
            for key in page["results"]:
                if isinstance(key, dict) and isinstance(key.get("keyId"), str) and key.get("name"):
                    names[key["keyId"]] = str(key["name"])
    except CommandError:  # a missing scope: ids tell who it was, too
        return {}
    return names


def is_restricted(client: Client) -> bool:
    """Return whether the key in use sees only some applications and entities of its account."""
    try:
        return bool(client.get(CURRENT_KEY).get("platform"))
    except ApiError:  # a courtesy: what follows has an error of its own
        return False
