"""Bulk requests on a kind of parent: the same for applications and entities."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus

from provisioning.core.kinds import Kind
from provisioning.http.api import Reply, Request, Route
from provisioning.resources import parents
from provisioning.routes import bulk
from provisioning.routes.bulk import Single
from provisioning.shapes.fields import Model, parse
from provisioning.table import dynamodb
from provisioning.table.dynamodb import Item, Write
from provisioning.table.versions import ANY


@dataclass(frozen=True)
class BulkShapes:
    """How a kind of parent is written in bulk: one of it, the request and the outcomes."""

    parent: type[Model]
    body: type[Model]
    outcomes: type[Model]


def parent_bulk(kind: Kind, routes: Sequence[Route], shapes: BulkShapes) -> Route:
    """Return the route that creates and deletes many of a kind.

    Args:
        kind: The kind.
        routes: Its single routes: what a bulk does is what they do.
        shapes: How it is written.
    """
    many = f"/provisioning/1/{kind.collection}"
    singles = {(route.method, route.path): route for route in routes}
    creating, deleting = singles["POST", many], singles["DELETE", f"{many}/{{{kind.id_member}}}"]

    def change_many(request: Request) -> Reply:
        """Delete and create up to 1,000 at once, each with an outcome of its own.

        Deletes come first. None affects another, and each does what its single request would do.
        Those of one id are carried out in their order, the others side by side. What has 429 as its
        outcome can be sent again as it is.
        """
        deadline = bulk.Deadline(request)
        deletions = bulk.tasks_of(
            "delete", deleting.success, request.body.delete, partial(deletion, request)
        )
        creations = bulk.tasks_of(
            "create", creating.success, request.body.create, partial(creation, request)
        )
        bulk.carry_out(deletions, deadline)
        bulk.create(creations, request, kind.collection, kind.id_member, deadline)
        return bulk.reply([*deletions, *creations])

    def deletion(request: Request, element: object) -> Single:
        identifier = _identifier({kind.id_member: element})
        query = parse(deleting.query, {}) if deleting.query else None
        path = {kind.id_member: identifier}
        single = replace(request, path=path, query=query, body=None, wanted=ANY)

        def run() -> Item:
            location = deleting.run(single).headers["Operation-Location"]
            operation_id = location.rpartition("/")[2]
            return {"operationId": operation_id, "operationLocation": location}

        return Single(path, partial(request.principal.binding.require_owned, kind, identifier), run)

    def creation(request: Request, element: object) -> Single:
        body = creating.read(shapes.parent, element)
        account_id, binding = request.principal.account_id, request.principal.binding
        identifier: str = body.identifier
        item = parents.new_item(account_id, kind, identifier, body.name, request.origin)

        def plan() -> list[Write]:
            return [dynamodb.create(item)]

        def run() -> Item:
            parents.make(kind, item)
            return {}

        check = partial(binding.require_creatable, kind, identifier)
        return Single({kind.id_member: identifier}, check, run, plan)

    def _identifier(element: object) -> str:
        identifier: str = creating.read(shapes.parent, element).identifier
        return identifier

    return Route(
        "POST",
        f"{many}/bulk",
        change_many,
        HTTPStatus.OK,
        f"Change {kind.collection} in bulk",
        body=shapes.body,
        largest=bulk.MAXIMUM_BYTES,
        answer=shapes.outcomes,
        further=(HTTPStatus.MULTI_STATUS,),
        bound=True,
    )
