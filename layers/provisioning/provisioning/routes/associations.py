"""The routes of associations."""

from provisioning.accounts import quotas
from provisioning.accounts.principals import READ
from provisioning.core.errors import ConflictError, NotFoundError
from provisioning.core.identities import Identity
from provisioning.http import etags
from provisioning.http.routes import LIST_AGE, VERSION, Reply, Request, Route
from provisioning.operations import association_creation, reassignments
from provisioning.operations.reassignment_shapes import (
    Reassignment,
    ReassignmentOutlook,
    Unlinking,
    UnlinkingOutlook,
)
from provisioning.operations.reassignments import Preview
from provisioning.resources import (
    association_items,
    associations,
    queries,
    restricted_lists,
    versions,
)
from provisioning.resources.association_items import Generations
from provisioning.resources.association_shapes import (
    Association,
    AssociationPage,
    AssociationQuery,
    SingleAssociationQuery,
)
from provisioning.table.items import Item

PATH = "/provisioning/1/associations"


def list_page(request: Request) -> Reply:
    """Returns a page of the associations that meet all filters; a page past the end is empty."""
    principal = request.principal
    page = (
        queries.page(principal.account_id, request.query)
        if principal.binding.is_open
        else restricted_lists.list_page(principal, request.query)
    )
    results = [association_items.shown(item) for item in page.items]
    return Reply({"results": results, "paging": page.paging()}, page.headers())


LIST = Route(
    "GET",
    PATH,
    list_page,
    200,
    "List associations",
    READ,
    query=AssociationQuery,
    answer=AssociationPage,
    headers=LIST_AGE,
    bound=True,
)


def create(request: Request) -> Reply:
    """Assigns a resource to an application and, optionally, to an entity.

    A resource can have several associations.
    """
    association = _linkable(request, request.body)
    principal = request.principal
    quotas.require_room(principal, quotas.ASSOCIATIONS, "resourceId")
    association_creation.create(
        principal.account_id, association, request.origin, request.alongside, principal=principal
    )
    return Reply()


CREATE = Route(
    "POST",
    PATH,
    create,
    201,
    "Create an association",
    body=Association,
    errors=(NotFoundError, ConflictError),
    bound=True,
    repeatable=True,
)


def delete(request: Request) -> Reply:
    """Deletes exactly the association that the body names. The resource itself is not affected."""
    association = _named(request, request.body)
    associations.delete(
        request.principal.account_id,
        association,
        request.origin,
        request.if_match,
        expected(request, association),
    )
    return Reply()


def expected(request: Request, association: Identity) -> Generations | None:
    """Return the generations that an association must store for the request's API key to see it."""
    if request.principal.binding.is_open:
        return None
    return associations.current(request.principal, association)


DELETE = Route(
    "DELETE",
    PATH,
    delete,
    204,
    "Delete an association",
    body=Association,
    errors=(NotFoundError,),
    bound=True,
    versioned=True,
)


def get(request: Request) -> Reply:
    """Returns exactly the association that the query names. Without `entityId`: without entity."""
    association = _named(request, request.query)
    generations = expected(request, association)
    item = associations.get(request.principal.account_id, association, generations)
    return Reply(association_items.shown(item), etags.etag(versions.of(item)))


GET = Route(
    "GET",
    f"{PATH}/single",
    get,
    200,
    "Get an association",
    READ,
    query=SingleAssociationQuery,
    answer=Association,
    headers=VERSION,
    errors=(NotFoundError,),
    bound=True,
)


def reassign(request: Request) -> Reply:
    """Moves all associations that meet a filter, or previews the result without moving them.

    Moving starts an operation, which can be read, cancelled and undone.
    """
    account_id, body = request.principal.account_id, request.body
    if body.dry_run:
        return Reply(
            _shown(reassignments.preview(account_id, body.filters(), body.to())), status=200
        )
    operation_id = reassignments.start(account_id, body.filters(), body.to(), request.origin)
    location = request.url(f"operations/{operation_id}")
    return Reply({"operationId": operation_id}, {"Operation-Location": location})


REASSIGN = Route(
    "POST",
    f"{PATH}/reassign",
    reassign,
    202,
    "Reassign associations",
    body=Reassignment,
    answer=ReassignmentOutlook,
    headers={"Operation-Location": "The URL of the operation that moves the associations"},
    further=(200,),
)


def _shown(preview: Preview) -> Item:
    members = {
        "total": preview.total,
        "moved": preview.moved,
        "merged": preview.merged,
        "sample": [association_items.shown(item) for item in preview.sample],
    }
    return {member: value for member, value in members.items() if value is not None}


def _linkable(request: Request, given: Association) -> Identity:
    """Return the identity of an association to create, which the API key may create."""
    association = given.identity()
    request.principal.binding.require_linkable(association.application_id, association.entity_id)
    return association


def _named(request: Request, given: Association) -> Identity:
    """Return the identity in a request, which the API key's binding must cover."""
    association = given.identity()
    request.principal.binding.require_covered(association.application_id, association.entity_id)
    return association


def unlink(request: Request) -> Reply:
    """Deletes all associations that meet a filter, or previews the result without deleting them.

    Deleting starts an operation, which can be read, cancelled and undone.
    """
    account_id, body = request.principal.account_id, request.body
    filters = body.filter.members()
    if body.dry_run:
        return Reply(_shown(reassignments.preview_unlinking(account_id, filters)), status=200)
    operation_id = reassignments.start_unlinking(account_id, filters, request.origin)
    location = request.url(f"operations/{operation_id}")
    return Reply({"operationId": operation_id}, {"Operation-Location": location})


UNLINK = Route(
    "POST",
    f"{PATH}/unlink",
    unlink,
    202,
    "Unlink associations",
    body=Unlinking,
    answer=UnlinkingOutlook,
    headers={"Operation-Location": "The URL of the operation that deletes the associations"},
    further=(200,),
)
