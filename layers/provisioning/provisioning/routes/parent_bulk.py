"""Bulk requests on applications or entities: the same for both kinds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus

from provisioning.core.if_match import ANY
from provisioning.core.kinds import Kind
from provisioning.http.routes import Reply, Request, Route
from provisioning.resources import parents
from provisioning.routes import bulk
from provisioning.routes.bulk_deadline import Deadline
from provisioning.routes.bulk_tasks import Single, tasks_of
from provisioning.shapes.fields import Model, parse
from provisioning.table import keys, writes
from provisioning.table.items import Item
from provisioning.table.writes import Write


@dataclass(frozen=True)
class BulkShapes:
    """The shapes of bulk requests on a kind: the parent, the request and the outcomes."""

    parent: type[Model]
    body: type[Model]
    outcomes: type[Model]


def parent_bulk(kind: Kind, routes: Sequence[Route], shapes: BulkShapes) -> Route:
    """Return the route that creates and deletes many parents of a kind."""
    many = f"/provisioning/1/{kind.collection}"
    singles = {(route.method, route.path): route for route in routes}
    rules = _BulkRules(
        kind,
        shapes.parent,
        creating=singles["POST", many],
        deleting=singles["DELETE", f"{many}/{{{kind.id_member}}}"],
    )
    return Route(
        "POST",
        f"{many}/bulk",
        rules.change_many,
        HTTPStatus.OK,
        f"Change {kind.collection} in bulk",
        body=shapes.body,
        largest=bulk.MAXIMUM_BYTES,
        answer=shapes.outcomes,
        further=(HTTPStatus.MULTI_STATUS,),
        bound=True,
        tokens=lambda request: request.body.tokens(),
    )


@dataclass(frozen=True)
class _BulkRules:
    """The rule of the route, with the single routes that it runs."""

    kind: Kind
    shape: type[Model]
    creating: Route
    deleting: Route

    def change_many(self, request: Request) -> Reply:
        """Deletes and creates up to 1,000, each with its own outcome.

        Deletions come first. No element affects another; each does what its single request would
        do. Elements with the same id are processed in order, others in parallel. An element with
        outcome 429 can be sent again.
        """
        deadline = Deadline(request)
        body = request.body
        deletions = tasks_of(
            "delete", self.deleting.success, body.delete, partial(self._deletion, request)
        )
        creations = tasks_of(
            "create", self.creating.success, body.create, partial(self._creation, request)
        )
        bulk.carry_out(deletions, deadline)
        bulk.create(creations, request, self.kind.collection, self.kind.id_member, deadline)
        tasks = [*deletions, *creations]
        account_id, member = request.principal.account_id, self.kind.id_member
        bulk.count(
            tasks, lambda named: [keys.parent(account_id, self.kind, named[member])], deadline
        )
        return bulk.reply(tasks)

    def _deletion(self, request: Request, element: object) -> Single:
        parsed = self.creating.read(self.shape, {self.kind.id_member: element})
        identifier: str = parsed.identifier
        query = parse(self.deleting.query, {}) if self.deleting.query else None
        path = {self.kind.id_member: identifier}
        single = replace(request, path=path, query=query, body=None, if_match=ANY)

        def run() -> Item:
            location = self.deleting.run(single).headers["Operation-Location"]
            operation_id = location.rpartition("/")[2]
            return {"operationId": operation_id, "operationLocation": location}

        check = partial(request.principal.binding.require_owned, self.kind, identifier)
        return Single(path, check, run)

    def _creation(self, request: Request, element: object) -> Single:
        body = self.creating.read(self.shape, element)
        account_id, binding = request.principal.account_id, request.principal.binding
        identifier: str = body.identifier
        item = parents.new_item(account_id, self.kind, identifier, body.name, request.origin)

        def plan() -> list[Write]:
            return [writes.create(item)]

        def run() -> Item:
            parents.write_new(self.kind, item)
            return {}

        check = partial(binding.require_creatable, self.kind, identifier)
        return Single({self.kind.id_member: identifier}, check, run, plan)
