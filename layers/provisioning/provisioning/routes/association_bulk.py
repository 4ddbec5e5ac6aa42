"""Bulk requests on associations: many resources linked and unlinked at once."""

from functools import cache, partial

from provisioning.accounts import quotas
from provisioning.core.errors import NotFoundError, ProvisioningError
from provisioning.core.identities import Identity
from provisioning.http.api import Reply, Request
from provisioning.resources import associations
from provisioning.resources.association_shapes import Association
from provisioning.routes import bulk
from provisioning.routes.bulk import Plan, Run, Single
from provisioning.shapes.fields import parse
from provisioning.table import dynamodb
from provisioning.table.dynamodb import Item, Write


def change_many(request: Request) -> Reply:
    """Unlink and link up to 1,000 resources at once, each with an outcome of its own.

    Unlinks come first. None affects another, and each does what its single request would do. Those
    of the same association are carried out in their order, the others side by side. What has 429
    as its outcome can be sent again as it is.
    """
    deadline = bulk.Deadline(request)
    of_links = _Links(request)
    unlinks = bulk.tasks_of("unlink", 204, request.body.unlink, partial(_unlink, request))
    links = bulk.tasks_of("link", 201, request.body.link, of_links.read)
    of_links.find_parents()
    bulk.carry_out(unlinks, deadline)
    bulk.create(links, request, quotas.ASSOCIATIONS, "resourceId", deadline)
    return bulk.reply([*unlinks, *links])


def _unlink(request: Request, element: object) -> Single:
    association = parse(Association, element).identity()
    account_id, origin = request.principal.account_id, request.origin
    tried: list[Write] = []

    def plan() -> list[Write]:
        tried.extend(associations.removal(account_id, association, origin))
        return tried

    def run() -> Item:
        try:
            associations.delete(account_id, association, origin)
        except NotFoundError:
            # It may have been removed by a transaction whose answer was lost: its trace tells.
            if not tried or not associations.has_departed(tried[-1]):
                raise
        return {}

    return _single(request, association, run, plan)._replace(refusal=lambda _: NotFoundError())


class _Links:
    """The links of a bulk, whose parents are read together."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._named: list[Identity] = []
        self._generations: associations.Generations = {}

    def read(self, element: object) -> Single:
        association = parse(Association, element).identity()
        self._named.append(association)
        request = self._request
        account_id, origin = request.principal.account_id, request.origin
        made = cache(
            lambda: associations.new_items(account_id, association, origin, self._generations)
        )

        def plan() -> list[Write]:
            return [dynamodb.create(item) for item in made()]

        def run() -> Item:
            associations.create(account_id, association, origin, made=made())
            return {}

        def refusal(standing: Item | None) -> ProvisioningError | None:
            return None if standing is None else associations.conflict(standing, made()[0])

        return _single(request, association, run, plan)._replace(refusal=refusal)

    def find_parents(self) -> None:
        account_id = self._request.principal.account_id
        self._generations = associations.generations_for(account_id, self._named)


def _single(request: Request, association: Identity, run: Run, plan: Plan) -> Single:
    check = partial(
        request.principal.binding.require_covered,
        association.application_id,
        association.entity_id,
    )
    return Single({"association": association.members()}, check, run, plan)
