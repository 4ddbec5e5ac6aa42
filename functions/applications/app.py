"""Applications: the environments or use cases that an account keeps apart."""

from provisioning.api import build
from provisioning.bulk_shapes import ApplicationOutcomes, BulkApplications
from provisioning.kinds import APPLICATION
from provisioning.parent_bulk import BulkShapes, parent_bulk
from provisioning.parent_routes import Shapes, parent_routes
from provisioning.parent_shapes import Application, ApplicationPage, ModifyApplication

routes = parent_routes(APPLICATION, Shapes(Application, ModifyApplication, ApplicationPage))
routes += [
    parent_bulk(APPLICATION, routes, BulkShapes(Application, BulkApplications, ApplicationOutcomes))
]
handler = build(routes)
