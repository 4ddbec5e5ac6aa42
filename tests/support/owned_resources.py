"""Resources with owners, as clients ask for them."""

from typing import Any

from tests.support.client import ROOT, Client

NUMBER = "447700900123"


def get(client: Client, resource_id: str, kind: str = "NUMBER", **query: str) -> Any:
    path = f"{ROOT}/resources/{kind}/{resource_id}"
    answer = client.call("GET", path, query=query)
    assert answer.status == 200, answer.text
    return answer.json


def owners(document: Any, channel: str = "SMS") -> list[tuple[str, str | None]]:
    (found,) = [one for one in document["channels"] if one["channel"] == channel]
    return [(one["applicationId"], one.get("entityId")) for one in found["owners"]]
