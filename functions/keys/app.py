"""API keys: who may use the account's API, for what and how long."""

from provisioning.http.handler import build
from provisioning.routes import api_keys

routes = [
    api_keys.LIST,
    api_keys.CREATE,
    api_keys.GET,
    api_keys.MODIFY,
    api_keys.REVOKE,
    api_keys.ROTATE,
    api_keys.GET_CURRENT,
]
handler = build(routes)
