"""Applications: the environments or use cases that an account keeps apart."""

from provisioning.api import build
from provisioning.kinds import APPLICATION
from provisioning.parent_routes import Shapes, parent_routes
from provisioning.schema import Application, ApplicationPage, ModifyApplication

routes = parent_routes(APPLICATION, Shapes(Application, ModifyApplication, ApplicationPage))
handler = build(routes)
