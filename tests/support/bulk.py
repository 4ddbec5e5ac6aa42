"""Bulk requests, and the outcomes in their answers."""

from typing import Any

from tests.support.client import ROOT, Client, Response


def send(client: Client, collection: str, **lists: Any) -> Response:
    """Send a bulk request."""
    return client.call("POST", f"{ROOT}/{collection}/bulk", body=lists)


def link(client: Client, *associations: Any) -> Response:
    """Send a bulk request that links."""
    return send(client, "associations", link=list(associations))


def statuses(answer: Response) -> list[int]:
    """Return the status of each element, in order."""
    return [result["status"] for result in answer.json["results"]]


def error(result: dict[str, Any]) -> Any:
    """Return the error of an element."""
    return result["requestError"]["serviceException"]


def listed(client: Client, collection: str) -> list[Any]:
    """Return a whole collection."""
    results: list[Any] = client.list(collection, size=1000).json["results"]
    return results
