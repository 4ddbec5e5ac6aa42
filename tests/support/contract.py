"""Paths of the contract, a body, and the errors as clients see them."""

from typing import Any

from tests.support.client import ROOT

APPLICATIONS = f"{ROOT}/applications"
ASSOCIATIONS = f"{ROOT}/associations"
SHOP = {"applicationId": "shop"}


def error(message_id: str, text: str) -> Any:
    """Write the body of an error."""
    return {"requestError": {"serviceException": {"messageId": message_id, "text": text}}}


UNAUTHORIZED = error("UNAUTHORIZED", "Unauthorized")
FORBIDDEN = error("FORBIDDEN", "Forbidden")
NOT_FOUND = error("NOT_FOUND", "Not found")
TOO_MANY_REQUESTS = error("TOO_MANY_REQUESTS", "Too many requests")
GENERAL_ERROR = error("GENERAL_ERROR", "Something went wrong. Please contact support.")
