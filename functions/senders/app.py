"""Senders: which sender a message leaves from."""

from provisioning.http.handler import build
from provisioning.routes import senders

routes = [senders.RESOLVE]
handler = build(routes)
