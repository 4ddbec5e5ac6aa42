"""The operations on a kind of parent: the same for applications and entities."""

from dataclasses import dataclass

from provisioning.accounts import quotas
from provisioning.accounts.authentication import READ, Principal
from provisioning.core.errors import ConflictError, ForbiddenError
from provisioning.core.kinds import Kind
from provisioning.http.api import VERSION, Reply, Request, Route
from provisioning.operations import deletion_shapes, deletions, impact
from provisioning.operations.deletion_shapes import DeleteQuery, ParentImpact, Protection
from provisioning.operations.deletions import Wish
from provisioning.paging.pages import Page
from provisioning.resources import parents, queries, restricted_lists
from provisioning.resources.parent_shapes import ParentQuery
from provisioning.shapes.fields import Model
from provisioning.table import versions
from provisioning.table.dynamodb import Item


@dataclass(frozen=True)
class Shapes:
    """How a kind of parent is written: as itself, as its new name, and as a page of a list."""

    parent: type[Model]
    modification: type[Model]
    page: type[Model]


@dataclass(frozen=True)
class _Rules:
    """What the routes of a kind of parent do."""

    kind: Kind

    def list_page(self, request: Request) -> Reply:
        """Answer with a page of them, by id; a page past the end has no results."""
        query = request.query
        page = self._page(request.principal, query.page, query.size, query.prefix)
        results = [self._shown(item) for item in page.items]
        if query.include == "counts":
            counts = self._linked(request.principal, [item["id"] for item in page.items])
            results = [
                shown | {"linked": linked} for shown, linked in zip(results, counts, strict=True)
            ]
        return Reply({"results": results, "paging": page.paging()})

    def _page(self, principal: Principal, number: int, size: int, prefix: str) -> Page:
        account_id, binding = principal.account_id, principal.binding
        if binding.is_open:
            return parents.list_page(account_id, self.kind, number, size, prefix)
        named = [name for name in binding.named(self.kind) if name.startswith(prefix)]
        return parents.list_named(account_id, self.kind, named, number, size)

    def _linked(self, principal: Principal, identifiers: list[str]) -> list[int]:
        """Return how many links each of some applications or entities has that the key may see."""
        account_id, binding = principal.account_id, principal.binding
        if binding.is_open:
            return queries.linked_counts(account_id, self.kind, identifiers)
        return [
            restricted_lists.linked_count(account_id, self.kind, identifier, binding)
            for identifier in identifiers
        ]

    def create(self, request: Request) -> Reply:
        """Create one under an id of the account's choice; its name may be left out."""
        body = request.body
        request.principal.binding.require_creatable(self.kind, body.identifier)
        quotas.require_room(request.principal, self.kind.collection, self.kind.id_member)
        parents.create(
            request.principal.account_id,
            self.kind,
            body.identifier,
            body.name,
            request.origin,
            request.alongside,
        )
        return Reply()

    def get(self, request: Request) -> Reply:
        """Answer with its id and, if it has one, its name."""
        request.principal.binding.require_seen(self.kind, self._id(request))
        item = parents.get(request.principal.account_id, self.kind, self._id(request))
        return Reply(self._shown(item), versions.tag(item))

    def rename(self, request: Request) -> Reply:
        """Set its name to what is given; none or `null` clears it."""
        request.principal.binding.require_owned(self.kind, self._id(request))
        parents.rename(
            request.principal.account_id,
            self.kind,
            self._id(request),
            request.body.name,
            request.origin,
            request.wanted,
        )
        return Reply()

    def delete(self, request: Request) -> Reply:
        """Delete it; what was linked to it goes to the application `default`, without entity.

        Or, with `onLinked`, to where the request says, or it is removed, or nothing is deleted
        while there is any.
        With an `If-Match` of the `ETag` of its impact, exactly what was shown there is deleted, or
        nothing.
        """
        request.principal.binding.require_owned(self.kind, self._id(request))
        target = request.query.target(self.kind, self._id(request))
        if target is not None and not request.principal.binding.is_open:
            raise ForbiddenError
        wish = Wish(request.query.on_linked, target, request.wanted)
        operation_id = deletions.delete(
            request.principal.account_id, self.kind, self._id(request), request.origin, wish
        )
        return Reply(headers={"Operation-Location": request.url(f"operations/{operation_id}")})

    def show_impact(self, request: Request) -> Reply:
        """Answer with what deleting it would do to its links; the `ETag` says which they are."""
        request.principal.binding.require_owned(self.kind, self._id(request))
        found = impact.of(request.principal.account_id, self.kind, self._id(request))
        tag = {"ETag": f'"{found.fingerprint}"'} if found.fingerprint else {}
        return Reply(deletion_shapes.shown(self.kind, found), tag)

    def protect(self, request: Request) -> Reply:
        """Protect it from being deleted, or lift that."""
        request.principal.binding.require_owned(self.kind, self._id(request))
        parents.protect(
            request.principal.account_id,
            self.kind,
            self._id(request),
            protected=request.body.protected,
            origin=request.origin,
            wanted=request.wanted,
        )
        return Reply()

    def _id(self, request: Request) -> str:
        return request.path[self.kind.id_member]

    def _shown(self, item: Item) -> Item:
        members = {self.kind.id_member: item["id"], self.kind.name_member: item.get("name")}
        return {member: value for member, value in members.items() if value is not None}


def parent_routes(kind: Kind, shapes: Shapes) -> list[Route]:
    """Return the routes of one kind: list, create, get, rename, delete, protect and impact."""
    rules = _Rules(kind)
    many = f"/provisioning/1/{kind.collection}"
    one = f"{many}/{{{kind.id_member}}}"
    return [
        Route(
            "GET",
            many,
            rules.list_page,
            200,
            f"List {kind.collection}",
            READ,
            query=ParentQuery,
            answer=shapes.page,
            bound=True,
        ),
        Route(
            "POST",
            many,
            rules.create,
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
            rules.get,
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
            rules.rename,
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
            rules.delete,
            200,
            f"Delete an {kind.name}",
            query=DeleteQuery,
            headers={"Operation-Location": "Where the operation that moves links can be read"},
            errors=(ConflictError,),
            refused=kind.built_in,
            bound=True,
            versioned=True,
        ),
        Route(
            "PATCH",
            one,
            rules.protect,
            204,
            f"Protect an {kind.name}",
            body=Protection,
            bound=True,
            versioned=True,
        ),
        Route(
            "GET",
            f"{one}/impact",
            rules.show_impact,
            200,
            f"Get the impact of deleting an {kind.name}",
            READ,
            answer=ParentImpact,
            headers={"ETag": "The fingerprint of the links, for If-Match of the DELETE"},
            bound=True,
        ),
    ]
