"""API keys: who may use the account's API, for what and how long."""

from provisioning.accounts import api_keys, key_changes
from provisioning.accounts.key_shapes import (
    ApiKey,
    ApiKeyPage,
    CreateApiKey,
    KeyPageQuery,
    ModifyApiKey,
    NewApiKey,
    RotateApiKey,
)
from provisioning.accounts.principals import KEYS
from provisioning.core.errors import ConflictError
from provisioning.http.handler import build
from provisioning.http.routes import Reply, Request, Route
from provisioning.table.items import Item


def list_page(request: Request) -> Reply:
    """Answer with a page of them, newest first, without their secrets.

    Keys that have ended are listed for another 90 days.
    """
    query = request.query
    page = api_keys.list_page(request.principal.account_id, query.page, query.size)
    return Reply({"results": api_keys.shown(page.items), "paging": page.paging()})


def create(request: Request) -> Reply:
    """Create a key; its secret is in this answer and in no other.

    A key can be bound to applications and entities (``platform``): it then sees and changes only
    what is theirs. It can do no more, and be good for no longer, than the key it is made with.
    """
    return _with_secret(
        *key_changes.create(request.principal, request.body.new_key(), request.origin)
    )


def get(request: Request) -> Reply:
    """Answer with a key, without its secret."""
    key = api_keys.get(request.principal.account_id, request.path["keyId"])
    return Reply(api_keys.shown([key])[0])


def modify(request: Request) -> Reply:
    """Set its name and when it expires; what is not given is cleared."""
    body = request.body
    key_changes.modify(
        request.principal, request.path["keyId"], body.name, body.until, request.origin
    )
    return Reply()


def rotate(request: Request) -> Reply:
    """Give it a new secret, which is in this answer and in no other; the old one ends later.

    A key has two secrets at most: one that is left from an earlier rotation ends now.
    """
    key_id, overlap = request.path["keyId"], request.body.overlap_seconds
    return _with_secret(*key_changes.rotate(request.principal, key_id, overlap, request.origin))


def revoke(request: Request) -> Reply:
    """End it for good; within ten seconds it is refused everywhere."""
    key_changes.revoke(request.principal, request.path["keyId"], request.origin)
    return Reply()


def _with_secret(key: Item, secret: str) -> Reply:
    return Reply(api_keys.shown([key])[0] | {"apiKey": secret})


MANY = "/provisioning/1/api-keys"
ONE = f"{MANY}/{{keyId}}"

routes = [
    Route(
        "GET", MANY, list_page, 200, "List API keys", KEYS, query=KeyPageQuery, answer=ApiKeyPage
    ),
    Route(
        "POST",
        MANY,
        create,
        201,
        "Create an API key",
        KEYS,
        body=CreateApiKey,
        answer=NewApiKey,
        errors=(ConflictError,),
    ),
    Route("GET", ONE, get, 200, "Get an API key", KEYS, answer=ApiKey),
    Route(
        "PUT",
        ONE,
        modify,
        204,
        "Modify an API key",
        KEYS,
        body=ModifyApiKey,
        errors=(ConflictError,),
    ),
    Route("DELETE", ONE, revoke, 204, "Revoke an API key", KEYS),
    Route(
        "POST",
        f"{ONE}/rotate",
        rotate,
        201,
        "Rotate an API key",
        KEYS,
        body=RotateApiKey,
        answer=NewApiKey,
        errors=(ConflictError,),
    ),
]
handler = build(routes)
