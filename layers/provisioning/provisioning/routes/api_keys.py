"""The routes of API keys."""

from provisioning.accounts import api_keys, key_changes, rate_limits
from provisioning.accounts.key_shapes import (
    ApiKey,
    ApiKeyPage,
    CreateApiKey,
    KeyPageQuery,
    ModifyApiKey,
    NewApiKey,
    RotateApiKey,
)
from provisioning.accounts.principals import ANY, KEYS
from provisioning.core.errors import ConflictError
from provisioning.http.routes import LIST_AGE, Reply, Request, Route
from provisioning.table.item_types import ApiKeyItem

SECRET_TOKENS = 5
"""Tokens of the rate limits that a request takes which makes a secret."""
PATH = "/provisioning/1/api-keys"
ONE = f"{PATH}/{{keyId}}"


def list_page(request: Request) -> Reply:
    """Returns a page of API keys, newest first, without their secrets.

    Keys that have ended are listed for another 90 days.
    """
    query = request.query
    page = api_keys.list_page(request.principal.account_id, query.page, query.size)
    return Reply({"results": api_keys.shown(page.items), "paging": page.paging()}, page.headers())


LIST = Route(
    "GET",
    PATH,
    list_page,
    200,
    "List API keys",
    KEYS,
    query=KeyPageQuery,
    answer=ApiKeyPage,
    headers=LIST_AGE,
)


def create(request: Request) -> Reply:
    """Creates an API key. Its secret is in this response only.

    A key can be restricted to applications and entities (`platform`): it then sees and changes only
    their associations. It cannot have more scopes than the key that creates it, or outlive it.
    """
    rate_limits.admit_new_secret(request.principal)
    return _with_secret(
        *key_changes.create(request.principal, request.body.new_key(), request.origin)
    )


CREATE = Route(
    "POST",
    PATH,
    create,
    201,
    "Create an API key",
    KEYS,
    body=CreateApiKey,
    answer=NewApiKey,
    errors=(ConflictError,),
    tokens=lambda _: SECRET_TOKENS,
)


def get(request: Request) -> Reply:
    """Returns an API key without its secret."""
    key = api_keys.get(request.principal.account_id, request.path["keyId"])
    return Reply(api_keys.shown([key])[0])


GET = Route("GET", ONE, get, 200, "Get an API key", KEYS, answer=ApiKey)


def modify(request: Request) -> Reply:
    """Sets the name and the expiration time. Members that are left out are cleared."""
    key_id, body = request.path["keyId"], request.body
    key_changes.modify(request.principal, key_id, body.name, body.until, request.origin)
    return Reply()


MODIFY = Route(
    "PUT", ONE, modify, 204, "Modify an API key", KEYS, body=ModifyApiKey, errors=(ConflictError,)
)


def revoke(request: Request) -> Reply:
    """Ends an API key for good. Within ten seconds it is refused everywhere."""
    key_changes.revoke(request.principal, request.path["keyId"], request.origin)
    return Reply()


REVOKE = Route("DELETE", ONE, revoke, 204, "Revoke an API key", KEYS, errors=(ConflictError,))


def rotate(request: Request) -> Reply:
    """Gives an API key a new secret, which is in this response only. The present one ends later.

    A key has at most two secrets: one that is left from an earlier rotation ends now.
    """
    rate_limits.admit_new_secret(request.principal)
    key_id, overlap = request.path["keyId"], request.body.overlap_seconds
    return _with_secret(*key_changes.rotate(request.principal, key_id, overlap, request.origin))


ROTATE = Route(
    "POST",
    f"{ONE}/rotate",
    rotate,
    201,
    "Rotate an API key",
    KEYS,
    body=RotateApiKey,
    answer=NewApiKey,
    errors=(ConflictError,),
    tokens=lambda _: SECRET_TOKENS,
)


def _with_secret(key: ApiKeyItem, secret: str) -> Reply:
    return Reply({**api_keys.shown([key])[0], "apiKey": secret})


def get_current(request: Request) -> Reply:
    """Returns the API key that the request is made with, whatever its scopes."""
    principal = request.principal
    key = api_keys.get(principal.account_id, principal.key_id)
    shown = api_keys.shown([key])[0]
    return Reply({**shown, "createdBy": principal.seen(shown["createdBy"])})


GET_CURRENT = Route(
    "GET",
    "/provisioning/1/current-api-key",
    get_current,
    200,
    "Get the current API key",
    ANY,
    answer=ApiKey,
    bound=True,
)
