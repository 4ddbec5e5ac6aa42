"""Descriptions of members that mean the same in every shape of the OpenAPI document."""

from typing import Any

DESCRIPTIONS = {
    "action": "The change",
    "applicationId": "Id of the application",
    "applications": "Applications",
    "associations": "Associations",
    "at": "When it happened",
    "channel": "Where the resource is used",
    "count": "How many associations",
    "create": "What to create; after all deletions",
    "createdAt": "When it was created",
    "delete": "What to delete; before anything is created",
    "endedAt": "When it ended",
    "entities": "Entities",
    "entityId": "Id of the entity",
    "estimatedEndAt": "When it will end if it continues at its present speed",
    "event": "What happened",
    "filter": "Which associations",
    "kind": "The kind of work",
    "link": "Associations to create; after all deletions",
    "options": "Options of the message",
    "outcome": "What became of the association",
    "paging": "Which page it is, and of how many",
    "platform": "The application and entity that the message is sent for",
    "requestError": "The error",
    "requestedAt": "When it was requested",
    "requests": "Rates of requests",
    "resourceType": "What kind of resource it is",
    "results": "The results on this page, or an outcome for each element",
    "revokedAt": "When it was revoked",
    "serviceException": "The error",
    "startedAt": "When the first association was processed",
    "state": "Its present state",
    "target": "Where the associations go",
    "unlink": "Associations to delete; before anything is created",
}


def describe_members(schemas: dict[str, Any]) -> None:
    """Give the properties of schemas their descriptions, where the shapes give none.

    Args:
        schemas: The schemas of a document, by name.
    """
    for schema in schemas.values():
        for name, member in schema.get("properties", {}).items():
            if "description" not in member and name in DESCRIPTIONS:
                member["description"] = DESCRIPTIONS[name]
