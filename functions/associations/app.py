"""Associations: which resource is linked to which application and entity."""

from provisioning.accounts import quotas
from provisioning.accounts.authentication import READ
from provisioning.core.errors import ConflictError, NotFoundError
from provisioning.core.identities import Identity
from provisioning.http.api import VERSION, Reply, Request, Route, build
from provisioning.operations import reassignments
from provisioning.operations.reassignment_shapes import (
    Reassignment,
    ReassignmentOutlook,
    Unlinking,
    UnlinkingOutlook,
)
from provisioning.operations.reassignments import Rehearsal
from provisioning.resources import associations, queries, restricted_lists
from provisioning.resources.association_shapes import (
    Association,
    AssociationPage,
    AssociationQuery,
    SingleAssociationQuery,
)
from provisioning.routes import association_bulk, bulk
from provisioning.routes.bulk_shapes import AssociationOutcomes, BulkAssociations
from provisioning.table import versions
from provisioning.table.dynamodb import Item


def list_page(request: Request) -> Reply:
    """Answer with a page of those that meet all filters; a page past the end has no results."""
    account_id, binding = request.principal.account_id, request.principal.binding
    page = (
        queries.page(account_id, request.query)
        if binding.is_open
        else restricted_lists.list_page(account_id, request.query, binding)
    )
    results = [associations.shown(item) for item in page.items]
    return Reply({"results": results, "paging": page.paging()})


def create(request: Request) -> Reply:
    """Link a resource to an application and, optionally, an entity; it can have several links."""
    association = _named(request, request.body)
    quotas.require_room(request.principal, quotas.ASSOCIATIONS, "resourceId")
    associations.create(
        request.principal.account_id, association, request.origin, request.alongside
    )
    return Reply()


def delete(request: Request) -> Reply:
    """Remove exactly the association that the body names; the resource itself stays."""
    association = _named(request, request.body)
    associations.delete(request.principal.account_id, association, request.origin, request.wanted)
    return Reply()


def get(request: Request) -> Reply:
    """Answer with exactly the association that the query names; no `entityId` says no entity."""
    item = associations.get(request.principal.account_id, _named(request, request.query))
    return Reply(associations.shown(item), versions.tag(item))


def reassign(request: Request) -> Reply:
    """Move all associations that meet a filter, or tell what that would do.

    It is an operation, which can be watched, cancelled and undone.
    """
    account_id, body = request.principal.account_id, request.body
    if body.dry_run:
        outlook = reassignments.rehearse(account_id, body.filters(), body.to())
        return Reply(_told(outlook), status=200)
    operation_id = reassignments.start(account_id, body.filters(), body.to(), request.origin)
    location = request.url(f"operations/{operation_id}")
    return Reply({"operationId": operation_id}, {"Operation-Location": location})


def unlink(request: Request) -> Reply:
    """Remove all associations that meet a filter, or tell what that would do.

    It is an operation, which can be watched, cancelled and undone.
    """
    account_id, body = request.principal.account_id, request.body
    if body.dry_run:
        return Reply(
            _told(reassignments.rehearse_unlinking(account_id, body.filter.members())), status=200
        )
    operation_id = reassignments.start_unlinking(account_id, body.filter.members(), request.origin)
    location = request.url(f"operations/{operation_id}")
    return Reply({"operationId": operation_id}, {"Operation-Location": location})


def _told(outlook: Rehearsal) -> Item:
    members = {
        "total": outlook.total,
        "moved": outlook.moved,
        "merged": outlook.merged,
        "sample": [associations.shown(item) for item in outlook.sample],
    }
    return {member: value for member, value in members.items() if value is not None}


def _named(request: Request, given: Association) -> Identity:
    """Return what a request names, which the key's binding must cover."""
    association = given.identity()
    request.principal.binding.require_covered(association.application_id, association.entity_id)
    return association


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
        f"{MANY}/reassign",
        reassign,
        202,
        "Reassign associations",
        body=Reassignment,
        answer=ReassignmentOutlook,
        headers={"Operation-Location": "Where the operation that moves links can be read"},
        further=(200,),
    ),
    Route(
        "POST",
        f"{MANY}/unlink",
        unlink,
        202,
        "Unlink associations",
        body=Unlinking,
        answer=UnlinkingOutlook,
        headers={"Operation-Location": "Where the operation that removes links can be read"},
        further=(200,),
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
