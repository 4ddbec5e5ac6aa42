"""Applications: the environments or use cases of an account."""

from provisioning.core.kinds import APPLICATION
from provisioning.http.handler import build
from provisioning.resources.parent_shapes import Application, ApplicationPage, ModifyApplication
from provisioning.routes.bulk_shapes import ApplicationOutcomes, BulkApplications
from provisioning.routes.parent_bulk import BulkShapes, parent_bulk
from provisioning.routes.parent_routes import Shapes, parent_routes

routes = parent_routes(APPLICATION, Shapes(Application, ModifyApplication, ApplicationPage))
routes += [
    parent_bulk(APPLICATION, routes, BulkShapes(Application, BulkApplications, ApplicationOutcomes))
]
handler = build(routes)
