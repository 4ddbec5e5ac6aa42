"""An account of two tenants, and keys that are restricted in it."""

import itertools

from provisioning.accounts import key_creation, principals, restrictions
from provisioning.accounts.key_creation import NewKey
from provisioning.accounts.restrictions import Pair
from provisioning.core.origins import COMMAND
from tests.support.associations import sms
from tests.support.client import Client

APPLICATIONS = ("default", "shop", "blog")
ENTITIES = ("acme", "umbra")
LINKS = [
    sms(application, entity, f"{number}")
    for (application, entity), number in itertools.product(
        itertools.product(APPLICATIONS, (None, *ENTITIES)), (1, 2)
    )
]


def bound(*pairs: Pair, scopes: tuple[str, ...] = (principals.MANAGE,)) -> Client:
    wanted = NewKey(scopes, restrictions.simplified(pairs))
    return Client(key_creation.create("acme", wanted, COMMAND)[1])
