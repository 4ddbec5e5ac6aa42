"""The rules of the routes of applications and entities. Their docstrings are shown to clients."""

from dataclasses import dataclass, replace

from provisioning.accounts import meant_parents, quotas
from provisioning.accounts.principals import Principal
from provisioning.core.errors import ForbiddenError
from provisioning.core.kinds import Kind
from provisioning.http import etags
from provisioning.http.routes import Reply, Request
from provisioning.operations import deletion_shapes, deletions, impact
from provisioning.operations.deletions import DeleteOptions
from provisioning.paging.pages import Page
from provisioning.resources import parents, versions
from provisioning.resources.parents import Guard, Protection
from provisioning.table.item_types import ParentItem
from provisioning.table.items import Item


@dataclass(frozen=True)
class ParentRules:
    """The rules for one kind of parent."""

    kind: Kind

    def list_page(self, request: Request) -> Reply:
        """Returns a page of the list, ordered by id; a page past the end is empty."""
        query = request.query
        page = self._page(request.principal, query.page, query.size, query.prefix)
        results = [self._shown(item) for item in page.items]
        if query.include == "counts":
            counts = self._linked(request.principal, [item["id"] for item in page.items])
            results = [
                {**shown, "linked": linked} for shown, linked in zip(results, counts, strict=True)
            ]
        return Reply({"results": results, "paging": page.paging()}, page.headers())

    def _page(self, principal: Principal, number: int, size: int, prefix: str) -> Page[ParentItem]:
        if principal.binding.is_open:
            return parents.list_page(principal.account_id, self.kind, number, size, prefix)
        return parents.list_named(principal, self.kind, number, size, prefix)

    def _linked(self, principal: Principal, identifiers: list[str]) -> list[int]:
        """Return the number of associations of each id that the API key may see."""
        # Few requests ask for it, and its imports would slow down every start.
        from provisioning.resources import queries, restricted_lists  # noqa: PLC0415

        if principal.binding.is_open:
            return queries.linked_counts(principal.account_id, self.kind, identifiers)
        return [
            restricted_lists.linked_count(principal, self.kind, identifier)
            for identifier in identifiers
        ]

    def create(self, request: Request) -> Reply:
        """Creates it with an id of the account's choice. The name is optional."""
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
        """Returns its id and, if it has one, its name."""
        request.principal.binding.require_seen(self.kind, self._id(request))
        meant = self._guard(request).meant
        item = parents.get(request.principal.account_id, self.kind, self._id(request), meant)
        return Reply(self._shown(item), etags.etag(versions.of(item)))

    def rename(self, request: Request) -> Reply:
        """Sets its name. `null`, or no name, clears it."""
        request.principal.binding.require_owned(self.kind, self._id(request))
        parents.rename(
            request.principal.account_id,
            self.kind,
            self._id(request),
            request.body.name,
            request.origin,
            self._guard(request),
        )
        return Reply()

    def delete(self, request: Request) -> Reply:
        """Deletes it. Its associations move to the application `default`, without entity.

        `onLinked` changes that: they move to a target, are deleted, or nothing is
        deleted while there are any.
        With `If-Match` and the `ETag` of its impact, it is deleted only if the associations are
        still the ones that the impact showed.
        """
        request.principal.binding.require_owned(self.kind, self._id(request))
        target = request.query.target(self.kind, self._id(request))
        if target is not None and not request.principal.binding.is_open:
            raise ForbiddenError
        options = DeleteOptions(request.query.on_linked, target, *self._guard(request))
        operation_id = deletions.delete(
            request.principal.account_id, self.kind, self._id(request), request.origin, options
        )
        return Reply(headers={"Operation-Location": request.url(f"operations/{operation_id}")})

    def show_impact(self, request: Request) -> Reply:
        """Returns what its deletion would do to its associations. The `ETag` identifies them."""
        request.principal.binding.require_owned(self.kind, self._id(request))
        meant = self._guard(request).meant
        found = impact.of(request.principal.account_id, self.kind, self._id(request), meant)
        if not request.principal.binding.is_open:
            # Both would reveal what the key may not see: associations that merge, other keys.
            found = replace(found, merged=None, restricted_keys=None)
        headers = etags.etag(found.fingerprint) if found.fingerprint else {}
        return Reply(deletion_shapes.shown(self.kind, found), headers)

    def protect(self, request: Request) -> Reply:
        """Protects it from deletion, or removes the protection."""
        request.principal.binding.require_owned(self.kind, self._id(request))
        parents.protect(
            request.principal.account_id,
            self.kind,
            self._id(request),
            Protection(request.body.protected, request.principal.binding.is_open),
            request.origin,
            self._guard(request),
        )
        return Reply()

    def _guard(self, request: Request) -> Guard:
        meant = meant_parents.of(request.principal, self.kind, self._id(request))
        return Guard(request.if_match, meant)

    def _id(self, request: Request) -> str:
        return request.path[self.kind.id_member]

    def _shown(self, item: ParentItem) -> Item:
        members = {self.kind.id_member: item["id"], self.kind.name_member: item.get("name")}
        return {member: value for member, value in members.items() if value is not None}
