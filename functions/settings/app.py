"""Settings: what an account has decided for all its requests."""

from provisioning.accounts import settings
from provisioning.accounts.authentication import READ
from provisioning.accounts.settings_shapes import Settings
from provisioning.http.api import Reply, Request, Route, build


def get(request: Request) -> Reply:
    """Answer with the account's settings."""
    return Reply(settings.get(request.principal.account_id))


def change(request: Request) -> Reply:
    """Change those that are given, and answer with all; `null` sets one back."""
    values = request.body.model_dump(by_alias=True, exclude_unset=True)
    return Reply(settings.change(request.principal.account_id, values, request.origin))


ONE = "/provisioning/1/settings"

routes = [
    Route("GET", ONE, get, 200, "Get settings", READ, answer=Settings),
    Route("PATCH", ONE, change, 200, "Change settings", body=Settings, answer=Settings),
]
handler = build(routes)
