"""The five operations on a kind of parent: the same for applications and entities."""

from dataclasses import dataclass

from provisioning import parents, quotas, versions
from provisioning.accounts import READ
from provisioning.api import VERSION, Reply, Request, Route
from provisioning.dynamodb import Item
from provisioning.errors import ConflictError, InvalidError
from provisioning.kinds import Kind
from provisioning.schema import Model, PageQuery


@dataclass(frozen=True)
class Shapes:
    """How a kind of parent is written: as itself, as its new name, and as a page of a list."""

    parent: type[Model]
    modification: type[Model]
    page: type[Model]


def parent_routes(kind: Kind, shapes: Shapes) -> list[Route]:
    """Return the routes of one kind: list, create, get, rename and delete."""

    def shown(item: Item) -> Item:
        members = {kind.id_member: item["id"], kind.name_member: item.get("name")}
        return {member: value for member, value in members.items() if value is not None}

    def list_page(request: Request) -> Reply:
        """Answer with a page of them, by id; a page past the end has no results."""
        account_id, binding = request.principal.account_id, request.principal.binding
        number, size = request.query.page, request.query.size
        page = (
            parents.list_page(account_id, kind, number, size)
            if binding.is_open
            else parents.list_named(account_id, kind, binding.named(kind), number, size)
        )
        return Reply({"results": [shown(item) for item in page.items], "paging": page.paging()})

    def create(request: Request) -> Reply:
        """Create one under an id of the account's choice; its name may be left out."""
        body = request.body
        principal = request.principal
        principal.binding.require_creatable(kind, body.identifier)
        quotas.require_room(principal, kind.collection, kind.id_member)
        parents.create(
            principal.account_id,
            kind,
            body.identifier,
            body.name,
            request.origin,
            request.alongside,
        )
        return Reply()

    def get(request: Request) -> Reply:
        """Answer with its id and, if it has one, its name."""
        request.principal.binding.require_seen(kind, _id(request))
        item = parents.get(request.principal.account_id, kind, _id(request))
        return Reply(shown(item), versions.tag(item))

    def rename(request: Request) -> Reply:
        """Set its name to what is given; none or `null` clears it."""
        request.principal.binding.require_owned(kind, _id(request))
        parents.rename(
            request.principal.account_id,
            kind,
            _id(request),
            request.body.name,
            request.origin,
            request.wanted,
        )
        return Reply()

    def delete(request: Request) -> Reply:
        """Delete it; what was linked to it goes to the application `default`, without entity."""
        request.principal.binding.require_owned(kind, _id(request))
        operation_id = parents.delete(
            request.principal.account_id, kind, _id(request), request.origin, request.wanted
        )
        return Reply(headers={"Operation-Location": request.url(f"operations/{operation_id}")})

    def _id(request: Request) -> str:
        return request.path[kind.id_member]

    many = f"/provisioning/1/{kind.collection}"
    one = f"{many}/{{{kind.id_member}}}"
    return [
        Route(
            "GET",
            many,
            list_page,
            200,
            f"List {kind.collection}",
            READ,
            query=PageQuery,
            answer=shapes.page,
            bound=True,
        ),
        Route(
            "POST",
            many,
            create,
            201,
            f"Create an {kind.name}",
            body=shapes.parent,
            errors=(ConflictError,),
            bound=True,
            repeatable=True,
        ),
        Route(
            "GET",
            one,
            get,
            200,
            f"Get an {kind.name}",
            READ,
            answer=shapes.parent,
            headers=VERSION,
            bound=True,
        ),
        Route(
            "PUT",
            one,
            rename,
            204,
            f"Rename an {kind.name}",
            body=shapes.modification,
            errors=(ConflictError,),
            bound=True,
            versioned=True,
        ),
        Route(
            "DELETE",
            one,
            delete,
            200,
            f"Delete an {kind.name}",
            headers={"Operation-Location": "Where the operation that resets links can be read"},
            errors=(InvalidError,),
            refused=kind.built_in,
            bound=True,
            versioned=True,
        ),
    ]
