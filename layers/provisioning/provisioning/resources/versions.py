"""The versions of applications, entities and associations, for ``ETag`` and ``If-Match``."""

from provisioning.table.items import Item


def of(item: Item) -> str:
    """Return the version of an application, an entity or an association."""
    version: str = item.get("version") or item.get("generation") or item["creationId"]
    return version
