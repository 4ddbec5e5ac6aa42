"""Resources: who owns them, now and earlier, and whose an inbound message is."""

from provisioning.http.handler import build
from provisioning.routes import resources

routes = [resources.LIST, resources.GET, resources.RESOLVE_INBOUND]
handler = build(routes)
