"""Finds the resource and method of a REST API that a request is for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from local.settings import LocalError

ANY_METHOD: Final = "x-amazon-apigateway-any-method"
METHODS: Final = frozenset({"delete", "get", "head", "options", "patch", "post", "put", ANY_METHOD})
INTEGRATION: Final = "x-amazon-apigateway-integration"


@dataclass(frozen=True)
class Route:
    """A method of a resource.

    Attributes:
        resource: The resource's path, with its parameters in braces.
        integration: How it is answered, as in the OpenAPI document.
    """

    resource: str
    integration: Mapping[str, Any]


@dataclass(frozen=True)
class Match:
    """What a request is for.

    Attributes:
        route: The method of the resource.
        parameters: Path parameters as they were sent, still percent-encoded.
    """

    route: Route
    parameters: Mapping[str, str]


@dataclass
class Node:
    """One segment of the resources' paths.

    Attributes:
        fixed: What may follow, by its text.
        variable: What follows for any other text, with the parameter's name.
        greedy: What takes all that follows, with the parameter's name.
        methods: Routes of the resource that ends here, by method.
    """

    fixed: dict[str, "Node"] = field(default_factory=dict)
    variable: tuple[str, "Node"] | None = None
    greedy: tuple[str, "Node"] | None = None
    methods: dict[str, Route] = field(default_factory=dict)


class Router:
    """Routes of one REST API.

    A fixed segment wins over a parameter, and a parameter over a greedy one.
    Paths are compared as they were sent: an encoded slash separates nothing.

    Attributes:
        routes: All of them.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Read the routes.

        Args:
            document: The API's OpenAPI document, with Amazon's extensions.

        Raises:
            LocalError: Two resources have parameters of different names in one
                place, which API Gateway refuses as well.
        """
        self._root = Node()
        self.routes: list[Route] = []
        for path, operations in document["paths"].items():
            self._add(path, operations)

    def match(self, method: str, path: str) -> Match | None:
        """Find what a request is for.

        Args:
            method: The request's method.
            path: The request's path, percent-encoded. A slash at its end makes
                no difference.

        Returns:
            The route and the path parameters, or None: no such resource, or
            not with this method.
        """
        segments = path.strip("/").split("/") if path.strip("/") else []
        found = find(self._root, segments)
        if found is None:
            return None
        node, parameters = found
        route = node.methods.get(method.lower()) or node.methods.get(ANY_METHOD)
        return None if route is None else Match(route, parameters)

    def _add(self, path: str, operations: Mapping[str, Any]) -> None:
        node = self._root
        for segment in path.strip("/").split("/") if path != "/" else ():
            node = child(node, segment)
        for method, operation in operations.items():
            if method in METHODS:
                node.methods[method] = Route(path, operation[INTEGRATION])
                self.routes.append(node.methods[method])


def child(node: Node, segment: str) -> Node:
    """Find or make what follows a node.

    Args:
        node: A node.
        segment: A segment of a resource's path: text, `{name}` or `{name+}`.

    Raises:
        LocalError: The node has a parameter of another name already.
    """
    if not segment.startswith("{"):
        return node.fixed.setdefault(segment, Node())
    name = segment.strip("{}")
    if name.endswith("+"):
        node.greedy = node.greedy or (name.rstrip("+"), Node())
        known, following = node.greedy
    else:
        node.variable = node.variable or (name, Node())
        known, following = node.variable
    if known != name.rstrip("+"):
        message = f"the path parameters {known} and {name} stand in the same place"
        raise LocalError(message)
    return following


def find(node: Node, segments: Sequence[str]) -> tuple[Node, dict[str, str]] | None:
    """Find the resource that segments lead to, from a node on.

    Returns:
        The resource's node and its path parameters; None if there is none.
    """
    if not segments:
        return (node, {}) if node.methods else None
    first, rest = segments[0], segments[1:]
    if first in node.fixed and (found := find(node.fixed[first], rest)):
        return found
    if node.variable and first and (found := find(node.variable[1], rest)):
        return found[0], {node.variable[0]: first, **found[1]}
    if node.greedy and first:
        return node.greedy[1], {node.greedy[0]: "/".join(segments)}
    return None
