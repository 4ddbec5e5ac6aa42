"""Finds the resource and method of a REST API that a request matches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from local.settings import LocalError

_ANY_METHOD: Final = "x-amazon-apigateway-any-method"
_METHODS: Final = frozenset(
    {"delete", "get", "head", "options", "patch", "post", "put", _ANY_METHOD}
)
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
    """The route of a request.

    Attributes:
        route: The method of the resource.
        parameters: Path parameters as sent, still percent-encoded.
    """

    route: Route
    parameters: Mapping[str, str]


@dataclass
class _Node:
    """One segment of a resource path.

    Attributes:
        fixed: The next segments that are fixed text.
        variable: The parameter `{name}` in the next segment.
        greedy: The parameter `{name+}` for all remaining segments.
        methods: Routes of the resource that ends here, by method.
    """

    fixed: dict[str, "_Node"] = field(default_factory=dict)
    variable: tuple[str, "_Node"] | None = None
    greedy: tuple[str, "_Node"] | None = None
    methods: dict[str, Route] = field(default_factory=dict)


class Router:
    """The routes of a REST API.

    A fixed segment wins over a parameter, and a parameter over a greedy one.
    Paths are compared as sent: an encoded slash does not separate segments.

    Attributes:
        routes: All routes.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Read the API's OpenAPI document with Amazon's extensions.

        Raises:
            LocalError: Two resources have parameters of different names in the
                same place, which API Gateway refuses too.
        """
        self._root = _Node()
        self.routes: list[Route] = []
        for path, operations in document["paths"].items():
            self._add(path, operations)

    def match(self, method: str, path: str) -> Match | None:
        """Find the route of a request.

        Args:
            method: The request's method.
            path: The request's path, percent-encoded. A slash at its end is ignored.

        Returns:
            The route and its parameters; None if the resource or method does not exist.
        """
        segments = path.strip("/").split("/") if path.strip("/") else []
        found = _find(self._root, segments)
        if found is None:
            return None
        node, parameters = found
        route = node.methods.get(method.lower()) or node.methods.get(_ANY_METHOD)
        return None if route is None else Match(route, parameters)

    def _add(self, path: str, operations: Mapping[str, Any]) -> None:
        node = self._root
        for segment in path.strip("/").split("/") if path != "/" else ():
            node = _child(node, segment)
        for method, operation in operations.items():
            if method in _METHODS:
                node.methods[method] = Route(path, operation[_INTEGRATION])
                self.routes.append(node.methods[method])


def _child(node: _Node, segment: str) -> _Node:
    """Return the node of the next segment: text, `{name}` or `{name+}`."""
    if not segment.startswith("{"):
        return node.fixed.setdefault(segment, _Node())
    name = segment.strip("{}")
    if name.endswith("+"):
        node.greedy = node.greedy or (name.rstrip("+"), _Node())
        known, following = node.greedy
    else:
        node.variable = node.variable or (name, _Node())
        known, following = node.variable
    if known != name.rstrip("+"):
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
    if node.greedy and first:
        return node.greedy[1], {node.greedy[0]: "/".join(segments)}
    return None
