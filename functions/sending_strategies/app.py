"""Sending strategies: by which rules the sender of a message is chosen."""

from provisioning.http.handler import build
from provisioning.routes import sending_strategies

routes = [sending_strategies.LIST, sending_strategies.CREATE, sending_strategies.DELETE]
handler = build(routes)
