"""Associations: which resource is assigned to which application and entity."""

from provisioning.http.handler import build
from provisioning.routes import association_bulk, associations

routes = [
    associations.LIST,
    associations.CREATE,
    associations.DELETE,
    associations.GET,
    associations.REASSIGN,
    associations.UNLINK,
    association_bulk.BULK,
]
handler = build(routes)
