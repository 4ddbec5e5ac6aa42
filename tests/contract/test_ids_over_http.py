"""Ids of any character come through the served API as they do through AWS."""

from typing import Any

import pytest
import requests

from tests.contract.document_client import DocumentClient
from tests.support.ids import STRANGE_IDS
from tests.support.served import Served


@pytest.fixture(scope="module")
def calls(system: Served) -> DocumentClient:
    """A client of one account for all these tests: their ids all differ."""
    return DocumentClient(system.url, system.new_account())


@pytest.mark.parametrize("strange", STRANGE_IDS.values(), ids=STRANGE_IDS)
def test_a_strange_id_comes_through_paths_queries_and_bodies(
    calls: DocumentClient, strange: str
) -> None:
    entity = {"entityId": strange, "entityName": strange}
    association: dict[str, Any] = {
        "resourceType": "NUMBER",
        "channel": "SMS",
        "applicationId": "default",
        "entityId": strange,
        "resourceId": strange,
    }
    calls.call("createEntity", {"entityId": strange})
    calls.call("renameEntity", {"entityName": strange}, entityId=strange)
    assert calls.call("getEntity", entityId=strange) == entity
    calls.call("createAssociation", association)
    assert calls.call("getAssociation", **association) == association
    assert calls.call("listAssociations", entityId=strange)["results"] == [association]
    calls.call("deleteAssociation", association)
    calls.call("deleteEntity", entityId=strange)


@pytest.mark.parametrize("encoded", ["a%2fb", "%61%2F%62", "a%2Fb?", "a%2Fb?x=y#z"])
def test_one_id_may_be_encoded_in_many_ways(system: Served, api_key: str, encoded: str) -> None:
    headers = {"Authorization": f"App {api_key}"}
    entities = f"{system.url}/provisioning/1/entities"
    requests.post(entities, json={"entityId": "a/b"}, headers=headers, timeout=30)
    answer = requests.get(f"{entities}/{encoded}", headers=headers, timeout=30)
    assert answer.json() == {"entityId": "a/b"}
