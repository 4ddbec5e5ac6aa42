"""Bulk requests on associations."""

from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial

from provisioning.accounts import quotas
from provisioning.core import identities
from provisioning.core.errors import NotFoundError, ProvisioningError
from provisioning.core.identities import Identity
from provisioning.http.routes import Reply, Request, Route
from provisioning.operations import association_creation
from provisioning.resources import association_items, associations
from provisioning.resources.association_items import Generations
from provisioning.resources.association_shapes import Association
from provisioning.routes import bulk
from provisioning.routes.associations import PATH, expected
from provisioning.routes.bulk_deadline import Deadline
from provisioning.routes.bulk_shapes import AssociationOutcomes, BulkAssociations
from provisioning.routes.bulk_tasks import Plan, Run, Single, tasks_of
from provisioning.shapes.fields import parse
from provisioning.table import writes
from provisioning.table.item_types import AssociationItem
from provisioning.table.items import Item
from provisioning.table.primary_keys import Key
from provisioning.table.writes import Write

MOVED_TOGETHER = 100
"""Stale associations that are moved before it is asked whether time is left."""


def change_many(request: Request) -> Reply:
    """Deletes and creates up to 1,000 associations, each with its own outcome.

    Deletions (`unlink`) come first. No element affects another; each does what its single request
    would do. Elements that name the same association are processed in order, others in parallel. An
    element with outcome 429 can be sent again.
    """
    deadline = Deadline(request)
    new = _NewAssociations(request)
    deletions = tasks_of(
        "unlink",
        204,
        request.body.unlink,
        partial(_deletion, request, cache(partial(expected, request))),
    )
    creations = tasks_of("link", 201, request.body.link, new.read)
    new.find_parents()
    bulk.carry_out(deletions, deadline)
    bulk.create(creations, request, quotas.ASSOCIATIONS, "resourceId", deadline, new.clearing)
    tasks = [*deletions, *creations]
    account_id = request.principal.account_id

    def keys_of(named: Item) -> list[Key[AssociationItem]]:
        return association_items.keys_of(account_id, identities.of(named["association"]))

    bulk.count(tasks, keys_of, deadline)
    return bulk.reply(tasks)


BULK = Route(
    "POST",
    f"{PATH}/bulk",
    change_many,
    200,
    "Change associations in bulk",
    body=BulkAssociations,
    largest=bulk.MAXIMUM_BYTES,
    answer=AssociationOutcomes,
    further=(207,),
    bound=True,
    tokens=lambda request: request.body.tokens(),
)


def _deletion(
    request: Request, expected_of: Callable[[Identity], Generations | None], element: object
) -> Single:
    association = parse(Association, element).identity()
    # What it must store depends on its application and entity only, which are read once.
    parents = association._replace(resource_type="", channel="", resource_id="")
    account_id, origin = request.principal.account_id, request.origin
    tried: list[Write] = []

    def plan() -> list[Write]:
        current = expected_of(parents)
        tried.extend(associations.deletion(account_id, association, origin, **(current or {})))
        return tried

    def run() -> Item:
        try:
            current = expected_of(parents)
            associations.delete(account_id, association, origin, generations=current)
        except NotFoundError:
            # A transaction whose response was lost may have deleted it: its tombstone says so.
            if not tried or not associations.took_effect(tried):
                raise
        return {}

    return _single(request, association, run, plan)._replace(refusal=lambda _: NotFoundError())


class _NewAssociations:
    """The associations that a bulk request creates. Their parents are read together."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._named: list[Identity] = []
        self._generations: associations.ParentGenerations = {}
        self._stale: list[Item] = []

    def read(self, element: object) -> Single:
        association = parse(Association, element).identity()
        self._named.append(association)
        request = self._request
        account_id, origin = request.principal.account_id, request.origin
        made = cache(
            lambda: associations.new_items(account_id, association, origin, self._generations)
        )

        def plan() -> list[Write]:
            return [writes.create(item) for item in made()]

        def run() -> Item:
            association_creation.create(
                account_id, association, origin, made=made(), principal=request.principal
            )
            return {}

        def refusal(existing: Item | None) -> ProvisioningError | None:
            if existing is None:
                return None
            error = associations.conflict(existing, made()[0])
            if error is None and existing["creationId"] != made()[0]["creationId"]:
                self._stale.append(existing)
                made.cache_clear()  # For the audit, the new one comes after the move.
            return error

        check = partial(
            request.principal.binding.require_linkable,
            association.application_id,
            association.entity_id,
        )
        return _single(request, association, run, plan)._replace(check=check, refusal=refusal)

    def find_parents(self) -> None:
        principal = self._request.principal
        self._generations = associations.generations_for(
            principal.account_id, self._named, principal
        )

    def clearing(self) -> bulk.Job | None:
        """Return the job that moves the stale associations which were met, if there are any."""
        stale, self._stale = self._stale, []
        return partial(_move_away, stale) if stale else None


def _move_away(stale: list[Item], deadline: Deadline) -> None:
    with suppress(ProvisioningError):  # A task that meets one again moves it by itself.
        for start in range(0, len(stale), MOVED_TOGETHER):
            if not deadline.allows_start:
                return
            association_creation.move_away(stale[start : start + MOVED_TOGETHER])


def _single(request: Request, association: Identity, run: Run, plan: Plan) -> Single:
    check = partial(
        request.principal.binding.require_covered,
        association.application_id,
        association.entity_id,
    )
    return Single({"association": association.members()}, check, run, plan)
