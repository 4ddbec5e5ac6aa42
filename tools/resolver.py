"""Declares the routes of a function to a Powertools resolver, which describes them in OpenAPI."""

import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from types import ModuleType, NoneType
from typing import Annotated, Any, get_args

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.models import (
    APIKey,
    APIKeyIn,
    SecurityScheme,
    Tag,
)
from aws_lambda_powertools.event_handler.openapi.params import Body, Header, Path, Query
from aws_lambda_powertools.event_handler.openapi.types import (
    OpenAPIResponse,
    OpenAPIResponseHeader,
)
from pydantic.fields import FieldInfo

from provisioning.core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ProvisioningError,
    StaleError,
    ThrottledError,
    UnauthorizedError,
    UnavailableError,
)
from provisioning.http.errors import ERRORS
from provisioning.http.failure_shapes import Failure, NewerFailure
from provisioning.http.responses import error_response
from provisioning.http.routes import Route
from provisioning.shapes.fields import Model

_JSON = "application/json"
_ARTICLES = {"a", "an", "the"}
_SECTION = re.compile(r"^(Args|Attributes|Raises|Returns):$", re.MULTILINE)

_SECURITY_SCHEMES: dict[str, SecurityScheme] = {
    "apiKey": APIKey.model_validate(
        {
            "in": APIKeyIn.header,
            "name": "Authorization",
            "description": "The word `App`, a space and the API key. This page adds the word.",
        }
    )
}
_EXAMPLES: dict[type[ProvisioningError], ProvisioningError] = {
    InvalidError: InvalidError({"applicationId": ["must not be blank"]}),
    ConflictError: ConflictError("Application shop-production already exists"),
}
_ANY_REQUEST = (UnauthorizedError, ForbiddenError, ThrottledError, UnavailableError)
_ERROR_HEADERS: dict[str, OpenAPIResponseHeader] = {
    "Retry-After": {
        "description": "Seconds to wait before the next attempt",
        "schema": {"type": "integer"},
    }
}


_RATE_HEADERS: dict[str, OpenAPIResponseHeader] = {
    "RateLimit-Limit": {
        "description": "Requests that may come at once, for the API key or the account",
        "schema": {"type": "integer"},
    },
    "RateLimit-Remaining": {
        "description": "Requests that are left of these",
        "schema": {"type": "integer"},
    },
    "RateLimit-Reset": {
        "description": "Seconds until all of these are available again",
        "schema": {"type": "integer"},
    },
}
"""The headers of responses if there are rate limits: for the limit with fewer requests left."""


_BLANKS = r"[ \t]*"
_TAG = rf'(W/)?"[!#-~\u0080-\u00ff]*"{_BLANKS}'
# Schemathesis makes no header from a pattern that no empty text matches: the length excludes it.
_TAGS = rf"^(\*{_BLANKS}|{_TAG}(,{_BLANKS}{_TAG})*)?$"

_IF_MATCH = Header(
    alias="If-Match",
    description="Versions, as in `ETag`; the present version must be one of them. `*` means any",
    json_schema_extra={"pattern": _TAGS, "minLength": 1, "maxLength": 4096},
)
_IDEMPOTENCY_KEY = Header(
    alias="Idempotency-Key",
    description=(
        "A text that is unique to this request: if the request is repeated with the same text "
        "within a day, it is carried out once and gets the same response"
    ),
    json_schema_extra={"pattern": rf"^[!-~]{{1,255}}{_BLANKS}$"},
)


def describe(function: ModuleType) -> dict[str, Any]:
    """Return the OpenAPI document of one function alone.

    Args:
        function: A function's module. Its docstring names and explains its operations, as
            ``Name: explanation.``; ``routes`` are the operations.
    """
    routes: Sequence[Route] = function.routes
    name, _, explanation = prose(function).partition(": ")
    resolver = APIGatewayRestResolver()
    for route in routes:
        resolver.route(
            re.sub(r"{(\w+)}", r"<\1>", route.path),
            method=route.method,
            summary=route.summary,
            description=prose(route.run),
            responses=_responses(route),
            tags=[name],
            operation_id=_operation_id(route.summary),
            security=[
                {scheme: [route.scope] if route.scope else [] for scheme in _SECURITY_SCHEMES}
            ],
        )(_stub(route, routes))
    described = resolver.get_openapi_schema(
        tags=[Tag(name=name, description=explanation[:1].upper() + explanation[1:])],
        security_schemes=_SECURITY_SCHEMES,
    )
    document: dict[str, Any] = described.model_dump(mode="json", by_alias=True, exclude_none=True)
    return document


def prose(documented: object) -> str:
    """Return the text of a docstring as Markdown, without its sections."""
    return markdown(_SECTION.split(inspect.getdoc(documented) or "", maxsplit=1)[0])


def markdown(text: str) -> str:
    """Return the text of a docstring as Markdown, a line for each paragraph."""
    paragraphs = text.strip().replace("``", "`").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _operation_id(summary: str) -> str:
    """Return a summary as a name: ``Create an application`` is ``createApplication``."""
    verb, *others = (word for word in summary.split() if word not in _ARTICLES)
    return verb.lower() + "".join(word.capitalize() for word in others)


# --- requests ---------------------------------------------------------------------------------


def _stub(route: Route, routes: Sequence[Route]) -> Callable[[], None]:
    """Return a function whose parameters are those of a route's request, for Powertools to read.

    An id in a path is described like the member with the same name in the first of the function's
    shapes that has one.
    """

    def stub() -> None:
        """Replace the rule; the resolver never gets a request."""

    members = {
        name: info
        for other in reversed(routes)
        for shape in (other.answer, other.body)
        for name, info in _members(shape)
    }
    ids = re.findall(r"{(\w+)}", route.path)
    parameters = [
        *(_parameter(name, members[name], Path, route.refused) for name in ids),
        *(_parameter(name, info, Query) for name, info in _members(route.query)),
        *([_keyword("if_match", Annotated[str, _IF_MATCH], None)] if route.versioned else ()),
        *(
            [_keyword("idempotency_key", Annotated[str, _IDEMPOTENCY_KEY], None)]
            if route.repeatable
            else ()
        ),
        *([_keyword("body", Annotated[route.body, Body()])] if route.body else ()),
    ]
    stub.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return stub


def _members(shape: type[Model] | None) -> Iterator[tuple[str, FieldInfo]]:
    for name, info in shape.model_fields.items() if shape else ():
        yield info.alias or name, info


def _parameter(
    name: str,
    info: FieldInfo,
    place: type[Path | Query],
    refused: frozenset[str] = frozenset(),
) -> inspect.Parameter:
    """Return a member of a shape as a parameter, which may be missing but not null."""
    arms = get_args(info.annotation)
    given: Any = arms[0] if NoneType in arms else info.annotation
    value = FieldInfo.from_annotation(given)
    extra = {**_extra(value), **_extra(info)}
    if refused:
        extra["not"] = {"enum": [*extra.get("not", {}).get("enum", ()), *sorted(refused)]}
    described = place(
        description=info.description or value.description,
        examples=info.examples or value.examples,
        json_schema_extra=extra,
    )
    return _keyword(
        name,
        Annotated[value.annotation, *value.metadata, *info.metadata, described],
        inspect.Parameter.empty if info.is_required() else info.default,
    )


def _extra(info: FieldInfo) -> Mapping[str, Any]:
    return info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}


def _keyword(
    name: str, annotation: Any, default: Any = inspect.Parameter.empty
) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default
    )


# --- answers ----------------------------------------------------------------------------------


def _responses(route: Route) -> dict[int, OpenAPIResponse]:
    success: OpenAPIResponse = {
        "description": HTTPStatus(route.success).phrase,
        "headers": _RATE_HEADERS
        | {
            name: {"description": text, "schema": {"type": "string"}}
            for name, text in route.headers.items()
        },
        "content": {_JSON: {"model": route.answer}} if route.answer else {},
    }
    succeeded: dict[int, OpenAPIResponse] = {
        status: {**success, "description": HTTPStatus(status).phrase}
        for status in (int(route.success), *map(int, route.further))
    }
    return succeeded | {
        status: _failure(status, newer=route.newer_errors) for status in _failures(route)
    }


def _failures(route: Route) -> list[int]:
    """Return the statuses of the errors that a route may answer with."""
    errors: set[type[ProvisioningError]] = {*_ANY_REQUEST, *route.errors}
    if route.query or route.body:
        errors.add(InvalidError)
    if "{" in route.path:
        errors.add(NotFoundError)
    if route.versioned:
        errors |= {InvalidError, StaleError}
    if route.repeatable:
        errors.add(ConflictError)
    return sorted({ERRORS[error][0] for error in errors})


def _failure(status: int, *, newer: bool) -> OpenAPIResponse:
    """Return the description of the responses with an error's status, from real responses."""
    errors = [error for error, (its_status, _, _) in ERRORS.items() if its_status == status]
    answers = {
        error.__name__: error_response(_EXAMPLES.get(error) or error(), newer=newer)
        for error in errors
    }
    headers = {name for answer in answers.values() for name in answer["headers"]}
    return {
        "description": " ".join(prose(error) for error in errors),
        "headers": {name: text for name, text in _ERROR_HEADERS.items() if name in headers},
        "content": {
            _JSON: {
                "model": NewerFailure if newer else Failure,
                "examples": {
                    name.removesuffix("Error"): {"value": json.loads(answer["body"])}
                    for name, answer in answers.items()
                },
            }
        },
    }
