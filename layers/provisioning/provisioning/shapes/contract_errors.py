"""The error of a request that a validator of a shape refuses."""

from pydantic_core import PydanticCustomError


def contract_error(message: str, at: str | None = None) -> PydanticCustomError:
    """Return the error that a validator raises.

    Args:
        message: The problem, for the client.
        at: The member that the answer names; None for the one that is validated.
    """
    context = {"message": message} if at is None else {"message": message, "at": at}
    return PydanticCustomError("contract", "{message}", context)
