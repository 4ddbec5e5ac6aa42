"""Field types of requests and responses, and how values are parsed as shapes.

Pydantic checks shapes, and the OpenAPI document shows them. They are in modules ``*_shapes``, so
that a function imports only the ones that it needs.

Values are parsed strictly (a number is not a string) and unknown members are ignored (contract).
"""

import re
from collections.abc import Iterable, Sequence
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
from pydantic_core import ErrorDetails

from provisioning.core.errors import InvalidError
from provisioning.core.kinds import ENTITY, Channel, ResourceType
from provisioning.shapes.contract_errors import contract_error

MAXIMUM_LENGTH = 255
"""Characters (code points) that an id or a name may have (contract)."""
MAXIMUM_SIZE = 1000
"""Results that one page may hold (contract)."""
MAXIMUM_PAGE = 2**31 - 1
"""The highest page number, as the contract's 32-bit integers have it."""

UNADDRESSABLE = (".", "..")
"""The two ids that a path cannot contain (RFC 3986, section 5.2.4)."""
NOT_BLANK = r"[^\t-\r\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
"""A character that every id contains, for the OpenAPI document. ``\\S`` differs between Python and
JavaScript, so the characters that ``str.strip`` removes are listed."""
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,19}")
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}"


def _not_blank(value: str) -> str:
    if not value.strip():
        raise contract_error("must not be blank")
    return value


def addressable(value: str) -> str:
    """Refuse the two ids that a path cannot contain (RFC 3986, section 5.2.4)."""
    if value in UNADDRESSABLE:
        raise contract_error('must not be "." or ".."')
    return value


def _names_an_entity(value: str) -> str:
    """Refuse the ids that mean "no entity" in a query string (contract)."""
    if value in ENTITY.reserved:
        raise contract_error(f'must not be "{value}"')
    return value


def whole_number(value: Any) -> Any:
    """Accept a query value of ASCII digits only; int() accepts more."""
    if isinstance(value, str) and not _WHOLE_NUMBER.fullmatch(value):
        raise contract_error("must be a whole number")
    return value


def _written(value: Any) -> Any:
    """Refuse numbers: pydantic would guess whether they are seconds or milliseconds."""
    if not (isinstance(value, str) and re.match(_MOMENT, value, re.ASCII)):
        raise contract_error("must be a moment such as 2026-11-23T16:40:08Z")
    return value


def _whole(value: Any) -> Any:
    """Parse 60.0 as 60: in JSON Schema they are the same number (2020-12, section 6.1.1)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_whole)
"""The validator of whole numbers in bodies, which comes after their bounds."""


def at_most(elements: int) -> BeforeValidator:
    """Return a validator that refuses a list by its length, before its elements are read.

    Else each of a million wrong elements would become an error first.
    """

    def check(value: Any) -> Any:
        if isinstance(value, list) and len(value) > elements:
            raise contract_error(f"size must be between 0 and {elements}")
        return value

    return BeforeValidator(check)


def _no_entity(value: Any) -> Any:
    """Parse the query values that mean "no entity" (contract)."""
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
"""A time with its time zone, as in RFC 3339."""
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
"""The id of a new entity."""
QueryEntityId = Annotated[
    EntityId | None,
    BeforeValidator(_no_entity),
    WithJsonSchema({"type": "string", "maxLength": MAXIMUM_LENGTH, "pattern": f"^$|{NOT_BLANK}"}),
    Field(description="Id of the entity; empty, or the word `null`, means no entity"),
]
AssociationType = Annotated[
    ResourceType, Field(description="Type of the resource", examples=["NUMBER"])
]
AssociationChannel = Annotated[
    Channel, Field(description="Channel on which the resource is used", examples=["SMS"])
]
ResourceId = Annotated[
    Id,
    Field(
        description="Id of the resource: a number, sender name, domain or chat-app sender",
        examples=["447700900123"],
    ),
]


class Model(BaseModel):
    """The base of all shapes: immutable, members in camel case, unknown members ignored.

    A shape's validator is built when it is first used.
    """

    model_config = ConfigDict(
        alias_generator=to_camel, frozen=True, extra="ignore", defer_build=True
    )


ModelT = TypeVar("ModelT", bound=Model)
Problems = dict[str, list[str]]
"""The messages about each invalid member."""


class PageQuery(Model):
    """The page of a list, and its size."""

    page: Annotated[
        int,
        Field(ge=0, le=MAXIMUM_PAGE, description="Number of the page, from 0"),
        BeforeValidator(whole_number),
    ] = 0
    size: Annotated[
        int,
        Field(ge=1, le=MAXIMUM_SIZE, description="Number of results on a full page"),
        BeforeValidator(whole_number),
    ] = 20


class CursorPaging(Model):
    """Where a page ends that a cursor continues."""

    size: int = Field(description="Results on the page at most")
    next: str | None = Field(
        None, description="The `cursor` of the next page; a short page can have one"
    )


class Paging(Model):
    """The position of a page in its list."""

    page: int = Field(description="Number of the page, from 0")
    size: int = Field(description="Number of results on a full page")
    total_pages: int = Field(description="Number of pages of the list")
    total_results: int = Field(description="Number of results of the list")


def parse(model: type[ModelT], values: object) -> ModelT:
    """Return request values as a model.

    Raises:
        InvalidError: They do not fit; each invalid member has its messages.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise InvalidError(problems_of(error.errors(include_url=False))) from None


def problems_of(details: Sequence[ErrorDetails]) -> Problems:
    """Return the messages of pydantic's errors about each member, in the contract's wording."""
    problems: Problems = {}
    for detail in details:
        problems.setdefault(_member(detail), []).append(_message(detail))
    return problems


ONE, SEVERAL = "(one)", "(several)"
"""Tags of a member that may be a value or a list of values, which are no part of its path."""


def _member(detail: ErrorDetails) -> str:
    """Return the path of an invalid member, such as ``messages[3].entityId``."""
    if at := detail.get("ctx", {}).get("at"):
        return str(at)
    return member_at([step for step in detail["loc"] if step not in {ONE, SEVERAL}])


def member_at(steps: Iterable[str | int]) -> str:
    """Return the path of a member from the names and positions that lead to it."""
    written = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps]
    return "".join(written).removeprefix(".") or "body"


_WORDINGS = {
    "bool_type": "must be true or false",
    "contract": "{message}",
    "greater_than_equal": "must be greater than or equal to {ge}",
    "int_type": "must be a whole number",
    "less_than_equal": "must be less than or equal to {le}",
    "list_type": "must be a JSON array",
    "literal_error": "must be one of {choices}",
    "missing": "must not be null",
    "model_type": "must be a JSON object",
    "string_too_long": "size must be between {shortest} and {max_length}",
    "string_too_short": "must not be blank",
    "string_type": "must be a string",
    "string_unicode": "must be valid Unicode text",
    "too_short": "must not be empty",
    "too_long": "size must be between 0 and {max_length}",
}
"""The contract's wording of pydantic's errors."""


def _message(detail: ErrorDetails) -> str:
    context = dict(detail.get("ctx", {}))
    context["choices"] = context.get("expected", "").replace(" or ", ", ").replace("'", "")
    context["shortest"] = 0 if _member(detail).endswith("Name") else 1
    found = "missing" if detail["input"] is None else detail["type"]
    return _WORDINGS.get(found, "is not valid").format_map(context)
