"""The stored items of the audit."""

from collections.abc import Mapping
from typing import Any, TypedDict


class AuditItem(TypedDict):
    """One change of one object; it is stored in the object's history and the account's timeline."""

    PK: str
    SK: str
    type: str
    at: str
    action: str
    target: Mapping[str, str]  # type and id of the object
    before: Mapping[str, Any] | None  # absent if it did not exist
    after: Mapping[str, Any] | None  # absent if it no longer exists
    actor: str
    requestId: str | None
    operationId: str | None
    expiresAt: int
