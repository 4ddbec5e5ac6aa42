"""Routes as data, and what their rules get and return."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from provisioning.accounts.principals import MANAGE, Principal
from provisioning.core.if_match import ANY, IfMatch
from provisioning.http.events import ROOT
from provisioning.shapes.fields import Model, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from provisioning.core.errors import ProvisioningError
    from provisioning.core.origins import Origin
    from provisioning.table.writes import Write

MAXIMUM_BODY = 64 * 1024
"""Bytes that the body of a single request may have; the longest valid one has about 12,000."""

VERSION = {"ETag": "The version, for If-Match"}
LIST_AGE = {
    "Totals-Age": "Only if the paging object's totals are known to be behind: by how many seconds. "
    "The results themselves are never behind"
}
"""The descriptions of response headers that several routes have."""


@dataclass(frozen=True)
class Request:
    """The input of a route's rule.

    Attributes:
        principal: Who makes the request.
        origin: The same, as the items that it writes store it.
        path: The decoded ids in the path, by their names in the route.
        query: The query string, as the route's model.
        body: The body, as the route's model.
        base: What the client's path has before the API's root: a stage or base path, or "".
        if_match: The versions that the request accepts.
        alongside: Writes to add to the transaction that carries the request out.
        seconds_left: Returns how long the function may still run.
    """

    principal: Principal
    origin: Origin
    path: Mapping[str, str]
    query: Any
    body: Any
    base: str = ""
    if_match: IfMatch = ANY
    alongside: tuple[Write, ...] = ()
    seconds_left: Callable[[], float] = lambda: math.inf

    def url(self, path: str) -> str:
        """Return the URL, as a path on the same host, of a path below the API's root."""
        return f"{self.base}/{ROOT}/1/{path}"


@dataclass(frozen=True)
class Reply:
    """The result of a route's rule.

    Attributes:
        content: The JSON document of the response, if it has one.
        headers: Further headers.
        status: One of the route's further statuses; None for its success status.
    """

    content: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None


@dataclass(frozen=True)
class Route:
    """One operation of the API.

    Attributes:
        method: The HTTP method.
        path: The path, with the names of ids in braces.
        run: The rule that carries it out.
        success: The status if it succeeds.
        summary: What it does, in a few words; the docstring of ``run`` describes it to clients.
        scope: The scope that the API key needs.
        query: The shape of the query string.
        body: The shape of the JSON body.
        read: Parses the body as its shape.
        forms: Whether the body may also be a form, whose fields are read as JSON members.
        largest: Bytes that the body may have.
        answer: The shape of the response's JSON document.
        headers: The description of each header that the rule adds, by name.
        errors: Errors that the rule may raise, beside those that any request can meet: of
            authentication, throttling and failures; of bad input if it has a query or a body; of
            an unknown id in its path.
        refused: Ids in the path for which the rule raises InvalidError.
        bound: Whether the rule respects the key's binding; if not, a restricted key is refused.
        rebinds: Whether what a restricted key means by its ids is read for each request, because
            the rule does not check it itself; else the cached binding is used.
        versioned: Whether the rule respects ``If-Match``.
        repeatable: Whether the rule respects ``Idempotency-Key``, by writing the writes
            ``alongside``; its response has no content and no headers of its own.
        further: Other statuses of success, with the same shape.
        newer_errors: Whether errors have the form of version 2 of the API. All routes of a function
            have the same form.
        tokens: Returns how many tokens of the rate limits the request takes.
    """

    method: str
    path: str
    run: Callable[[Request], Reply]
    success: int
    summary: str
    scope: str = MANAGE
    query: type[Model] | None = None
    body: type[Model] | None = None
    read: Callable[[type[Model], object], Any] = parse
    forms: bool = False
    largest: int = MAXIMUM_BODY
    answer: type[Model] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[type[ProvisioningError], ...] = ()
    refused: frozenset[str] = frozenset()
    bound: bool = False
    rebinds: bool = False
    versioned: bool = False
    repeatable: bool = False
    further: tuple[int, ...] = ()
    newer_errors: bool = False
    tokens: Callable[[Request], int] = lambda _: 1

    def match(self, segments: Sequence[str]) -> dict[str, str] | None:
        """Return the ids in a path, still encoded, or None if it is not this route's path."""
        expected = self.path.strip("/").split("/")
        if len(expected) != len(segments):
            return None
        ids: dict[str, str] = {}
        for name, segment in zip(expected, segments, strict=True):
            if name.startswith("{"):
                ids[name.strip("{}")] = segment
            elif name != segment:
                return None
        return ids
