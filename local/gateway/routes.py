"""Finds the resource and method of a REST API that a request matches."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from local.settings import LocalError

_METHODS: Final = frozenset({"delete", "get", "head", "options", "patch", "post", "put"})
_INTEGRATION: Final = "x-amazon-apigateway-integration"
_PARAMETER: Final = re.compile(r"\{([^}]+)\}")


@dataclass(frozen=True)
class Route:
    """A method of a resource (a path with parameters in braces) and its integration."""

    resource: str
    integration: Mapping[str, Any]


class Router:
    """The routes of a REST API.

    A fixed segment wins over a parameter. Paths are compared as sent: an encoded
    slash does not separate segments.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Read the API's OpenAPI document with Amazon's extensions.

        Raises:
            LocalError: A path or method is greedy (`{name+}`, ANY), or two parameters of
                different names are in the same place, which API Gateway refuses too.
        """
        paths: Mapping[str, Mapping[str, Any]] = document["paths"]
        _check_parameters(paths)
        # A brace comes after all characters that fixed segments may have.
        self._resources = [(_pattern(path), _methods(path, paths[path])) for path in sorted(paths)]

    @property
    def routes(self) -> list[Route]:
        """All routes."""
        return [route for _, methods in self._resources for route in methods.values()]

    def match(self, method: str, path: str) -> tuple[Route, Mapping[str, str]] | None:
        """Find the route of a request, if there is one, and its path parameters as sent.

        The path is percent-encoded; a slash at its end is ignored.
        """
        for pattern, methods in self._resources:
            if found := pattern.fullmatch(f"/{path.strip('/')}"):
                route = methods.get(method.lower())
                return None if route is None else (route, found.groupdict())
        return None


def _pattern(path: str) -> re.Pattern[str]:
    fixed, *rest = _PARAMETER.split(path)
    pairs = zip(rest[::2], rest[1::2], strict=True)
    variable = (f"(?P<{name}>[^/]+){re.escape(text)}" for name, text in pairs)
    return re.compile(re.escape(fixed) + "".join(variable))


def _methods(path: str, operations: Mapping[str, Any]) -> dict[str, Route]:
    if any(method.startswith("x-amazon-apigateway-any") for method in operations):
        message = f"{path}: the local gateway does not support the method ANY"
        raise LocalError(message)
    return {
        method: Route(path, operation[_INTEGRATION])
        for method, operation in operations.items()
        if method in _METHODS
    }


def _check_parameters(paths: Iterable[str]) -> None:
    names: dict[str, str] = {}
    for path in paths:
        for parameter in _PARAMETER.finditer(path):
            name = parameter[1]
            known = names.setdefault(path[: parameter.start()], name)
            if name.endswith("+"):
                message = f"the local gateway does not support the path parameter {parameter[0]}"
                raise LocalError(message)
            if known != name:
                message = f"the path parameters {known} and {name} are in the same place"
                raise LocalError(message)
