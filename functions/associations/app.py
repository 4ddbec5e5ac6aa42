"""Associations: which resource is linked to which application and entity."""

from provisioning import (
    association_bulk,
    associations,
    bound_lists,
    bulk,
    quotas,
    versions,
    views,
)
from provisioning.accounts import READ
from provisioning.api import VERSION, Reply, Request, Route, build
from provisioning.bulk_shapes import AssociationOutcomes, BulkAssociations
from provisioning.errors import ConflictError, NotFoundError
from provisioning.schema import (
    Association,
    AssociationPage,
    AssociationQuery,
    SingleAssociationQuery,
)


def list_page(request: Request) -> Reply:
    """Answer with a page of those that meet all filters; a page past the end has no results."""
    account_id, binding = request.principal.account_id, request.principal.binding
    page = (
        views.page(account_id, request.query)
        if binding.is_open
        else bound_lists.list_page(account_id, request.query, binding)
    )
    results = [associations.shown(item) for item in page.items]
    return Reply({"results": results, "paging": page.paging()})


def create(request: Request) -> Reply:
    """Link a resource to an application and, optionally, an entity; it can have several links."""
    _require_covered(request, request.body)
    quotas.require_room(request.principal, quotas.ASSOCIATIONS, "resourceId")
    associations.create(
        request.principal.account_id, request.body, request.origin, request.alongside
    )
    return Reply()


def delete(request: Request) -> Reply:
    """Remove exactly the association that the body names; the resource itself stays."""
    _require_covered(request, request.body)
    associations.delete(request.principal.account_id, request.body, request.origin, request.wanted)
    return Reply()


def get(request: Request) -> Reply:
    """Answer with exactly the association that the query names; no `entityId` says no entity."""
    _require_covered(request, request.query)
    item = associations.get(request.principal.account_id, request.query)
    return Reply(associations.shown(item), versions.tag(item))


def _require_covered(request: Request, association: Association) -> None:
    request.principal.binding.require_covered(association.application_id, association.entity_id)


MANY = "/provisioning/1/associations"

routes = [
    Route(
        "GET",
        MANY,
        list_page,
        200,
        "List associations",
        READ,
        query=AssociationQuery,
        answer=AssociationPage,
        bound=True,
    ),
    Route(
        "POST",
        MANY,
        create,
        201,
        "Create an association",
        body=Association,
        errors=(NotFoundError, ConflictError),
        bound=True,
        repeatable=True,
    ),
    Route(
        "DELETE",
        MANY,
        delete,
        204,
        "Delete an association",
        body=Association,
        errors=(NotFoundError,),
        bound=True,
        versioned=True,
    ),
    Route(
        "GET",
        f"{MANY}/single",
        get,
        200,
        "Get an association",
        READ,
        query=SingleAssociationQuery,
        answer=Association,
        headers=VERSION,
        errors=(NotFoundError,),
        bound=True,
    ),
    Route(
        "POST",
        f"{MANY}/bulk",
        association_bulk.change_many,
        200,
        "Change associations in bulk",
        body=BulkAssociations,
        largest=bulk.MAXIMUM_BYTES,
        answer=AssociationOutcomes,
        further=(207,),
        bound=True,
    ),
]
handler = build(routes)
