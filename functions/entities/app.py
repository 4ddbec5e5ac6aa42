"""Entities: the customers, departments or cost centres for which an account acts."""

from provisioning.core.kinds import ENTITY
from provisioning.http.handler import build
from provisioning.resources.parent_shapes import Entity, EntityPage, ModifyEntity
from provisioning.routes.bulk_shapes import BulkEntities, EntityOutcomes
from provisioning.routes.parent_bulk import BulkShapes, parent_bulk
from provisioning.routes.parent_routes import Shapes, parent_routes

routes = parent_routes(ENTITY, Shapes(Entity, ModifyEntity, EntityPage))
routes += [parent_bulk(ENTITY, routes, BulkShapes(Entity, BulkEntities, EntityOutcomes))]
handler = build(routes)
