"""The routes of applications and entities: the same for both kinds."""

from dataclasses import dataclass

from provisioning.accounts.principals import READ
from provisioning.core.errors import ConflictError
from provisioning.core.kinds import Kind
from provisioning.http.routes import LIST_AGE, VERSION, Route
from provisioning.operations.deletion_shapes import DeleteQuery, ParentImpact, Protection
from provisioning.resources.parent_shapes import ParentQuery
from provisioning.routes.parent_rules import ParentRules
from provisioning.shapes.fields import Model


@dataclass(frozen=True)
class Shapes:
    """The shapes of a kind of parent: the parent, its new name, and a page of a list."""

    parent: type[Model]
    modification: type[Model]
    page: type[Model]


def parent_routes(kind: Kind, shapes: Shapes) -> list[Route]:
    """Return the routes of one kind: list, create, get, rename, delete, protect and impact."""
    rules = ParentRules(kind)
    many = f"/provisioning/1/{kind.collection}"
    one = f"{many}/{{{kind.id_member}}}"
    return [
        _list(kind, rules, many, shapes.page),
        _create(kind, rules, many, shapes.parent),
        _get(kind, rules, one, shapes.parent),
        _rename(kind, rules, one, shapes.modification),
        _delete(kind, rules, one),
        _protect(kind, rules, one),
        _impact(kind, rules, one),
    ]


def _list(kind: Kind, rules: ParentRules, path: str, page: type[Model]) -> Route:
    return Route(
        "GET",
        path,
        rules.list_page,
        200,
        f"List {kind.collection}",
        READ,
        query=ParentQuery,
        answer=page,
        headers=LIST_AGE,
        bound=True,
    )


def _create(kind: Kind, rules: ParentRules, path: str, parent: type[Model]) -> Route:
    return Route(
        "POST",
        path,
        rules.create,
        201,
        f"Create an {kind.name}",
        body=parent,
        errors=(ConflictError,),
        bound=True,
        repeatable=True,
    )


def _get(kind: Kind, rules: ParentRules, path: str, parent: type[Model]) -> Route:
    return Route(
        "GET",
        path,
        rules.get,
        200,
        f"Get an {kind.name}",
        READ,
        answer=parent,
        headers=VERSION,
        bound=True,
    )


def _rename(kind: Kind, rules: ParentRules, path: str, modification: type[Model]) -> Route:
    return Route(
        "PUT",
        path,
        rules.rename,
        204,
        f"Rename an {kind.name}",
        body=modification,
        errors=(ConflictError,),
        bound=True,
        versioned=True,
    )


def _delete(kind: Kind, rules: ParentRules, path: str) -> Route:
    return Route(
        "DELETE",
        path,
        rules.delete,
        200,
        f"Delete an {kind.name}",
        query=DeleteQuery,
        headers={"Operation-Location": "The URL of the operation that moves the associations"},
        errors=(ConflictError,),
        refused=kind.built_in,
        bound=True,
        versioned=True,
    )


def _protect(kind: Kind, rules: ParentRules, path: str) -> Route:
    return Route(
        "PATCH",
        path,
        rules.protect,
        204,
        f"Protect an {kind.name}",
        body=Protection,
        bound=True,
        versioned=True,
    )


def _impact(kind: Kind, rules: ParentRules, path: str) -> Route:
    return Route(
        "GET",
        f"{path}/impact",
        rules.show_impact,
        200,
        f"Get the impact of deleting an {kind.name}",
        READ,
        answer=ParentImpact,
        headers={"ETag": "The fingerprint of the associations, for If-Match of the DELETE"},
        bound=True,
    )
