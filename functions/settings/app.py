"""Settings: the choices of an account that apply to all its requests."""

from provisioning.accounts import settings
from provisioning.accounts.principals import READ
from provisioning.accounts.settings_shapes import Settings
from provisioning.http.handler import build
from provisioning.http.routes import Reply, Request, Route


def get(request: Request) -> Reply:
    """Returns the settings of the account."""
    return Reply(settings.get(request.principal.account_id))


def change(request: Request) -> Reply:
    """Changes the settings that are given, and returns all. `null` restores the default."""
    values = request.body.model_dump(by_alias=True, exclude_unset=True)
    return Reply(settings.change(request.principal.account_id, values, request.origin))


ONE = "/provisioning/1/settings"

routes = [
    Route("GET", ONE, get, 200, "Get settings", READ, answer=Settings),
    Route("PATCH", ONE, change, 200, "Change settings", body=Settings, answer=Settings),
]
handler = build(routes)
