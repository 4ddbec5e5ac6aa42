"""Finds the resource and method of a REST API that a request matches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from local.settings import LocalError

_METHODS: Final = frozenset({"delete", "get", "head", "options", "patch", "post", "put"})
_INTEGRATION: Final = "x-amazon-apigateway-integration"


@dataclass(frozen=True)
class Route:
    """A method of a resource.

    Attributes:
        resource: The resource's path, with its parameters in braces.
        integration: Its integration, as in the OpenAPI document.
    """

    resource: str
    integration: Mapping[str, Any]


@dataclass(frozen=True)
class Match:
    """The route of a request, and its path parameters as sent: percent-encoded."""

    route: Route
    parameters: Mapping[str, str]


@dataclass
class _Node:
    """One segment of a resource path.

    Attributes:
        fixed: The next segments that are fixed text.
        variable: The parameter `{name}` in the next segment.
        methods: Routes of the resource that ends here, by method.
    """

    fixed: dict[str, "_Node"] = field(default_factory=dict)
    variable: tuple[str, "_Node"] | None = None
    methods: dict[str, Route] = field(default_factory=dict)


class Router:
    """The routes of a REST API.

    A fixed segment wins over a parameter. Paths are compared as sent: an encoded
    slash does not separate segments.

    Attributes:
        routes: All routes.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Read the API's OpenAPI document with Amazon's extensions.

        Raises:
            LocalError: Two resources have parameters of different names in the
                same place, which API Gateway refuses too; or a path or method is
                greedy (`{name+}`, ANY), which the template does not use.
        """
        self._root = _Node()
        self.routes: list[Route] = []
        for path, operations in document["paths"].items():
            self._add(path, operations)

    def match(self, method: str, path: str) -> Match | None:
        """Find the route of a request by its percent-encoded path.

        A slash at the path's end is ignored. Returns None if there is no such route.
        """
        segments = path.strip("/").split("/") if path.strip("/") else []
        found = _find(self._root, segments)
        if found is None:
            return None
        node, parameters = found
        route = node.methods.get(method.lower())
        return None if route is None else Match(route, parameters)

    def _add(self, path: str, operations: Mapping[str, Any]) -> None:
        node = self._root
        for segment in path.strip("/").split("/") if path != "/" else ():
            node = _child(node, segment)
        for method, operation in operations.items():
            if method.startswith("x-amazon-apigateway-any"):
                message = f"{path}: the local gateway does not support the method ANY"
                raise LocalError(message)
            if method in _METHODS:
                node.methods[method] = Route(path, operation[_INTEGRATION])
                self.routes.append(node.methods[method])


def _child(node: _Node, segment: str) -> _Node:
    if not segment.startswith("{"):
        return node.fixed.setdefault(segment, _Node())
    name = segment.strip("{}")
    if name.endswith("+"):
        message = f"the local gateway does not support the path parameter {segment}"
        raise LocalError(message)
    node.variable = node.variable or (name, _Node())
    known, following = node.variable
    if known != name:
        message = f"the path parameters {known} and {name} are in the same place"
        raise LocalError(message)
    return following


def _find(node: _Node, segments: Sequence[str]) -> tuple[_Node, dict[str, str]] | None:
    """Find the node at the end of the segments, and the path parameters."""
    if not segments:
        return (node, {}) if node.methods else None
    first, rest = segments[0], segments[1:]
    if first in node.fixed and (found := _find(node.fixed[first], rest)):
        return found
    if node.variable and first and (found := _find(node.variable[1], rest)):
        return found[0], {node.variable[0]: first, **found[1]}
    return None
