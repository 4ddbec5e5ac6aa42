"""The names of API keys, for tables that say who did something."""

from collections.abc import Mapping

from aem.client import Client
from aem.errors import CommandError

_KEYS = "/provisioning/1/api-keys"


def key_names(client: Client) -> Mapping[str, str]:
    """Return the names of the account's keys by id; empty if the key in use may not list them."""
    names: dict[str, str] = {}
    try:
        for page in client.pages(_KEYS, {}):
            for key in page["results"]:
                if isinstance(key, dict) and isinstance(key.get("keyId"), str) and key.get("name"):
                    names[key["keyId"]] = str(key["name"])
    except CommandError:  # a missing scope: ids tell who it was, too
        return {}
    return names
