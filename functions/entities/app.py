"""Entities: the customers, departments or cost centres that an account acts for."""

from provisioning.api import build
from provisioning.bulk_shapes import BulkEntities, EntityOutcomes
from provisioning.kinds import ENTITY
from provisioning.parent_bulk import BulkShapes, parent_bulk
from provisioning.parent_routes import Shapes, parent_routes
from provisioning.parent_shapes import Entity, EntityPage, ModifyEntity

routes = parent_routes(ENTITY, Shapes(Entity, ModifyEntity, EntityPage))
routes += [parent_bulk(ENTITY, routes, BulkShapes(Entity, BulkEntities, EntityOutcomes))]
handler = build(routes)
