"""What the shapes of requests and answers are made of, and how values are read as them.

Pydantic checks them, and the OpenAPI document shows them. They stand in the modules ``*_shapes``,
so that a function starts with those that it needs.

Values are read strictly (a number is no string) and unknown members are ignored (contract).
"""

import copy
import re
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictStr,
    ValidationError,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails, PydanticCustomError

from provisioning.core import config
from provisioning.core.errors import MAXIMUM_PROBLEMS, InvalidError
from provisioning.core.kinds import ENTITY, Channel, ResourceType

if not config.has_pydantic_plugins():
    # What would look for plugins imports what tells of installed packages, even to find that it
    # shall not look: a twentieth of a start.
    no_plugins = ModuleType("pydantic.plugin._loader")
    no_plugins.get_plugins = tuple  # type: ignore[attr-defined]
    sys.modules[no_plugins.__name__] = no_plugins

MAXIMUM_LENGTH = 255
"""Characters (code points) that an id or a name may have (contract)."""
MAXIMUM_SIZE = 1000
"""Results that one page may hold (contract)."""
MAXIMUM_PAGE = 2**31 - 1
"""The highest page number, as the contract's 32-bit integers have it."""

UNADDRESSABLE = (".", "..")
"""The two ids that no path can name (RFC 3986, section 5.2.4)."""
NOT_BLANK = r"[^\t-\r\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
"""What an id holds somewhere, for the OpenAPI document: ``\\S`` is one thing to Python and another
to JavaScript, so the characters that ``str.strip`` removes are listed."""
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,19}")
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}"


def _problem(message: str) -> PydanticCustomError:
    return PydanticCustomError("contract", "{message}", {"message": message})


def _not_blank(value: str) -> str:
    if not value.strip():
        raise _problem("must not be blank")
    return value


def addressable(value: str) -> str:
    """Refuse the two ids that no path can name (RFC 3986, section 5.2.4)."""
    if value in UNADDRESSABLE:
        raise _problem('must not be "." or ".."')
    return value


def _names_an_entity(value: str) -> str:
    """Refuse the ids that say "no entity" in a query string (contract)."""
    if value in ENTITY.reserved:
        raise _problem(f'must not be "{value}"')
    return value


def whole_number(value: Any) -> Any:
    """Read a query value as a number in plain ASCII digits, which is less than int() takes."""
    if isinstance(value, str) and not _WHOLE_NUMBER.fullmatch(value):
        raise _problem("must be a whole number")
    return value


def _written(value: Any) -> Any:
    """Refuse numbers, which pydantic takes for seconds or milliseconds, as it guesses."""
    if not (isinstance(value, str) and re.match(_MOMENT, value, re.ASCII)):
        raise _problem("must be a moment such as 2026-11-23T16:40:08Z")
    return value


def _no_entity(value: Any) -> Any:
    """Read the query values that say "no entity" (contract)."""
    return None if value == "" or value in ENTITY.reserved else value


Id = Annotated[
    StrictStr,
    Field(min_length=1, max_length=MAXIMUM_LENGTH, json_schema_extra={"pattern": NOT_BLANK}),
    AfterValidator(_not_blank),
]
"""Any text of 1 to 255 characters that is not blank."""
Name = Annotated[StrictStr | None, Field(max_length=MAXIMUM_LENGTH, description="Name, if any")]
"""Any text of up to 255 characters, or none."""
Moment = Annotated[
    AwareDatetime, BeforeValidator(_written), Field(json_schema_extra={"pattern": _MOMENT})
]
"""A moment with its time zone, as RFC 3339 writes it."""
ApplicationId = Annotated[
    Id, Field(description="Id of the application, case-sensitive", examples=["shop-production"])
]
EntityId = Annotated[
    Id,
    AfterValidator(_names_an_entity),
    Field(
        description="Id of the entity, case-sensitive",
        examples=["customer-42"],
        json_schema_extra={"not": {"enum": sorted(ENTITY.reserved)}},
    ),
]
NewEntityId = Annotated[
    EntityId,
    AfterValidator(addressable),
    Field(json_schema_extra={"not": {"enum": [*UNADDRESSABLE, *sorted(ENTITY.reserved)]}}),
]
"""The id of an entity that is made under it."""
QueryEntityId = Annotated[
    EntityId | None,
    BeforeValidator(_no_entity),
    WithJsonSchema({"type": "string", "maxLength": MAXIMUM_LENGTH, "pattern": f"^$|{NOT_BLANK}"}),
    Field(description="Id of the entity; empty or the word `null` stands for no entity"),
]
AssociationType = Annotated[
    ResourceType, Field(description="What kind of resource it is", examples=["NUMBER"])
]
AssociationChannel = Annotated[
    Channel, Field(description="Where the resource is used", examples=["SMS"])
]
ResourceId = Annotated[
    Id,
    Field(
        description="Id of the resource: a number, a sender name, a domain, a chat-app sender",
        examples=["447700900123"],
    ),
]


class Model(BaseModel):
    """The parent of all shapes: members in camel case, unknown ones ignored, nothing changes.

    A shape's validator is built when it is first needed: a function needs few of all shapes.
    """

    model_config = ConfigDict(
        alias_generator=to_camel, frozen=True, extra="ignore", defer_build=True
    )


ModelT = TypeVar("ModelT", bound=Model)
Problems = dict[str, list[str]]
"""For each offending member the messages about it."""


class PageQuery(Model):
    """Which page of a list, and how long its pages are."""

    page: Annotated[
        int,
        Field(ge=0, le=MAXIMUM_PAGE, description="Which page, from 0"),
        BeforeValidator(whole_number),
    ] = 0
    size: Annotated[
        int,
        Field(ge=1, le=MAXIMUM_SIZE, description="How many results a full page has"),
        BeforeValidator(whole_number),
    ] = 20


class Paging(Model):
    """Where a page stands in its list."""

    page: int = Field(description="Which page it is, from 0")
    size: int = Field(description="How many results a full page has")
    total_pages: int = Field(description="How many pages the list has")
    total_results: int = Field(description="How many results the list has")


def parse(model: type[ModelT], values: object) -> ModelT:
    """Return request values as the model.

    Args:
        model: The shape to read them as.
        values: A JSON body, or the members of a query string.

    Raises:
        InvalidError: They do not fit; each offending member has its messages.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise InvalidError(_problems(error.errors(include_url=False))) from None


def parse_partly(model: type[ModelT], values: object) -> tuple[ModelT, Problems]:
    """Return what fits of request values as the model, and what is wrong with the rest.

    Args:
        model: The shape to read them as.
        values: A JSON document; it is not changed.

    Raises:
        InvalidError: They do not fit without what is wrong.
    """
    try:
        return model.model_validate(values), {}
    except ValidationError as error:
        details = error.errors(include_url=False)
    fitting = copy.deepcopy(values)
    for detail in details:
        _leave_out(fitting, detail["loc"])
    problems = _problems(details[:MAXIMUM_PROBLEMS])
    try:
        return model.model_validate(fitting), problems
    except ValidationError:
        raise InvalidError(problems) from None


def _leave_out(document: Any, path: Sequence[str | int]) -> None:
    """Remove a member of a JSON document, or empty an element of a list; the whole one stays."""
    if not path:
        return
    for step in path[:-1]:
        document = document[step]
    if isinstance(document, dict):
        document.pop(path[-1], None)
    elif isinstance(document, list):
        document[int(path[-1])] = {}


def _problems(details: Sequence[ErrorDetails]) -> Problems:
    problems: Problems = {}
    for detail in details:
        problems.setdefault(_member(detail), []).append(_message(detail))
    return problems


def _member(detail: ErrorDetails) -> str:
    """Return where something is wrong, as ``messages[3].entityId``."""
    if at := detail.get("ctx", {}).get("at"):
        return str(at)
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in detail["loc"]]
    return "".join(steps).removeprefix(".") or "body"


_WORDINGS = {
    "contract": "{message}",
    "greater_than_equal": "must be greater than or equal to {ge}",
    "less_than_equal": "must be less than or equal to {le}",
    "list_type": "must be a JSON array",
    "literal_error": "must be one of {choices}",
    "missing": "must not be null",
    "model_type": "must be a JSON object",
    "string_too_long": "size must be between {shortest} and {max_length}",
    "string_too_short": "must not be blank",
    "string_type": "must be a string",
    "string_unicode": "must be valid Unicode text",
    "too_long": "size must be between 0 and {max_length}",
}
"""The contract's wording of what pydantic finds."""


def _message(detail: ErrorDetails) -> str:
    context = dict(detail.get("ctx", {}))
    context["choices"] = context.get("expected", "").replace(" or ", ", ").replace("'", "")
    context["shortest"] = 0 if _member(detail).endswith("Name") else 1
    found = "missing" if detail["input"] is None else detail["type"]
    return _WORDINGS.get(found, "is not valid").format_map(context)
