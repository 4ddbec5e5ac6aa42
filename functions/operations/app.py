"""Operations: work on many associations, its progress, and how to control it."""

from provisioning.http.handler import build
from provisioning.routes import operations

routes = [
    operations.LIST,
    operations.GET,
    operations.LIST_LINKS,
    operations.RESUME,
    operations.CANCEL,
    operations.UNDO,
]
handler = build(routes)
