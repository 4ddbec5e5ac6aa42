"""What the reference functions share of the contract: shapes, errors and their envelope."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictStr


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be blank")
    return value


class Application(BaseModel):
    """An application."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    application_id: Annotated[
        StrictStr,
        Field(min_length=1, max_length=255, alias="applicationId"),
        AfterValidator(_not_blank),
    ]
    application_name: Annotated[
        StrictStr | None, Field(max_length=255, alias="applicationName")
    ] = None


class ModifyApplication(BaseModel):
    """An application's new name."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    application_name: Annotated[
        StrictStr | None, Field(max_length=255, alias="applicationName")
    ] = None


ERRORS = {
    400: ("BAD_REQUEST", "Bad request"),
    401: ("UNAUTHORIZED", "Unauthorized"),
    404: ("NOT_FOUND", "Not found"),
    409: ("CONFLICT", "Conflict"),
    500: ("GENERAL_ERROR", "Something went wrong. Please contact support."),
}


def envelope(status: int, problems: dict[str, list[str]] | None = None) -> dict[str, Any]:
    """Return the contract's document of an error."""
    message_id, text = ERRORS[status]
    details: dict[str, Any] = {"messageId": message_id, "text": text}
    if problems:
        details["validationErrors"] = problems
    return {"requestError": {"serviceException": details}}


def problems_of(errors: Any) -> dict[str, list[str]]:
    """Return pydantic's errors by the member that each is about."""
    problems: dict[str, list[str]] = {}
    for error in errors:
        problems.setdefault(str(error["loc"][-1]), []).append(error["msg"])
    return problems
