"""The versions of applications, entities and associations, for ``ETag`` and ``If-Match``."""

from collections.abc import Mapping
from typing import Any


def of(item: Mapping[str, Any]) -> str:
    """Return the version of an application, an entity or an association."""
    version: str = item.get("version") or item.get("generation") or item["creationId"]
    return version
