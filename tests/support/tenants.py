"""Two tenants of one account, and API keys that are restricted to one of them."""

from provisioning.accounts import key_creation, principals
from provisioning.accounts.key_creation import NewKey
from provisioning.accounts.restrictions import Pair
from provisioning.core.origins import COMMAND
from tests.support.client import Client

FOREIGN = "zz-foreign"
NUMBER = "447700900999"
"""A number that only the other tenant has."""
OPERATOR = principals.unrestricted("acme")
BINDINGS = {
    "application": (Pair("shop", None),),
    "entity": (Pair(None, "customer"),),
    "both": (Pair("shop", "customer"),),
    "application that links any": (Pair("shop", None, links_any=True),),
    "entity that links any": (Pair(None, "customer", links_any=True),),
    "several": (Pair("shop", None), Pair(None, "customer"), Pair("missing", None)),
}


def new_key(pairs: tuple[Pair, ...]) -> tuple[str, Client]:
    """Make a key with every scope that a restricted key can have; returns its id and a client."""
    scopes = (principals.MANAGE, principals.SENDING)
    key, secret = key_creation.create("acme", NewKey(scopes, pairs), COMMAND)
    return key["keyId"], Client(secret)
