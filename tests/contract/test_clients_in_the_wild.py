"""Published clients of the API work unchanged, each in an environment of its own."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.served import Served, client_python

CLIENTS = Path(__file__).parent / "clients"
STRANGE = "a/b?c#d%2F +é😀"
UNAUTHORIZED = {
    "requestError": {"serviceException": {"messageId": "UNAUTHORIZED", "text": "Unauthorized"}}
}
NOT_FOUND = {"requestError": {"serviceException": {"messageId": "NOT_FOUND", "text": "Not found"}}}


def drive(environment: str, script: str, *arguments: str) -> dict[str, Any]:
    """Return what a client saw, step by step."""
    command = [str(client_python(environment)), str(CLIENTS / script), *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    steps: dict[str, Any] = json.loads(run.stdout)
    return steps


def paging(page: int, size: int, total: int) -> dict[str, int]:
    return {"page": page, "size": size, "totalPages": -(-total // size), "totalResults": total}


def test_infobip_cpaasx_works_unchanged(system: Served, api_key: str) -> None:
    steps = drive("infobip-cpaasx", "cpaasx.py", system.url, api_key)
    association = {
        "resourceType": "NUMBER",
        "channel": "SMS",
        "applicationId": STRANGE,
        "entityId": STRANGE,
        "resourceId": STRANGE,
    }
    acme = {"entityId": STRANGE, "entityName": "Acme"}
    assert steps == {
        "create application": None,
        "create application again": [409, "CONFLICT"],
        "get application": {"applicationId": STRANGE, "applicationName": "Web shop"},
        "rename application": None,
        "get renamed application": {"applicationId": STRANGE, "applicationName": "Renamed"},
        "get no application": [404, "NOT_FOUND"],
        "list applications": {
            "results": [{"applicationId": STRANGE, "applicationName": "Renamed"}],
            "paging": paging(0, 1, 2),
        },
        "create entity": None,
        "get entity": {"entityId": STRANGE},
        "rename entity": None,
        "list entities": {"results": [acme], "paging": paging(0, 100, 1)},
        "list past the end": {"results": [], "paging": paging(7, 100, 1)},
        "link": None,
        "link again": [409, "CONFLICT"],
        "get link": association,
        "get link without entity": [404, "NOT_FOUND"],
        "list links": {"results": [association], "paging": paging(0, 20, 1)},
        "unlink": None,
        "unlink again": [404, "NOT_FOUND"],
    }


@pytest.mark.parametrize(
    ("ending", "entity_id"), [("", "customer 42"), ("/", "customer-43"), ("", "kunde-ä+b")]
)
def test_infobip_api_python_sdk_works_unchanged(
    system: Served, api_key: str, ending: str, entity_id: str
) -> None:
    url = system.url + ending
    steps = drive("infobip-api-python-sdk", "python_sdk.py", url, api_key, entity_id)
    conflict = {
        "requestError": {
            "serviceException": {
                "messageId": "CONFLICT",
                "text": f"Entity {entity_id} already exists",
            }
        }
    }
    # Where there is no document to read, this client returns the bare response.
    assert steps == {
        "create": [201, "Response", None],
        "create again": [409, "Response", conflict],
        "get": [200, "GetEntityResponse", {"entityId": entity_id}],
        "rename": [204, "Response", None],
        "get renamed": [
            200,
            "GetEntityResponse",
            {"entityId": entity_id, "entityName": "Acme"},
        ],
        "get nothing": [404, "PlatformResponseError", NOT_FOUND],
        "list past the end": [
            200,
            "GetEntitiesResponse",
            {"results": [], "paging": paging(1000, 100, 1)},
        ],
        "get as a stranger": [401, "PlatformResponseError", UNAUTHORIZED],
    }
