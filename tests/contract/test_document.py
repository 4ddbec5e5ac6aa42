"""Our OpenAPI document says what the served API does."""

import re
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from local.settings import PROJECT
from tests.contract.document_client import DocumentClient
from tests.support.ids import STRANGE_IDS
from tests.support.served import Served

EXAMPLES_OF_EACH_KIND = 25
KEYS = "/api-keys"
VERBS = ("create", "get", "rename", "delete")
STRANGE = STRANGE_IDS["looks like a sort key"] + "/%2F?é 😀"


def test_a_client_made_from_the_document_can_do_everything(system: Served, api_key: str) -> None:
    client = DocumentClient(system.url, api_key)
    association = {
        "resourceType": "DOMAIN",
        "channel": "EMAIL",
        "applicationId": STRANGE,
        "entityId": STRANGE,
        "resourceId": "example.com",
    }
    application = {"applicationId": STRANGE, "applicationName": "Web shop"}
    entity = {"entityId": STRANGE, "entityName": "Acme"}

    client.call("createApplication", application)
    client.call("createEntity", {"entityId": STRANGE})
    client.call("renameEntity", {"entityName": "Acme"}, entityId=STRANGE)
    client.call("renameApplication", {"applicationName": "Old"}, applicationId=STRANGE)
    client.call("renameApplication", application, applicationId=STRANGE)
    assert client.call("getApplication", applicationId=STRANGE) == application
    assert client.call("getEntity", entityId=STRANGE) == entity
    assert application in client.call("listApplications", size=1000)["results"]
    assert client.call("listEntities", page=0, size=1)["results"] == [entity]

    client.call("createAssociation", association)
    assert client.call("getAssociation", **association) == association
    assert client.call("listAssociations", **association)["results"] == [association]
    client.call("deleteAssociation", association)
    assert client.call("listAssociations")["results"] == []

    client.call("deleteEntity", entityId=STRANGE)
    client.call("deleteApplication", applicationId=STRANGE)
    assert client.call("listEntities")["results"] == []
    parents = {f"{verb}{noun}" for verb in VERBS for noun in ("Application", "Entity")}
    assert client.called >= parents | {"listApplications", "listEntities"}


def test_keys_limits_and_the_audit_tell_of_what_was_done(system: Served, api_key: str) -> None:
    client = DocumentClient(system.url, api_key)
    client.call("createApplication", {"applicationId": "shop"})
    made = client.call("createApiKey", {"name": "Shop", "platform": [{"applicationId": "shop"}]})
    bound = DocumentClient(system.url, made["apiKey"])
    client.call("createApplication", {"applicationId": "blog"})

    assert client.call("getLimits")["applications"]["used"] == 3
    assert bound.call("getLimits")["applications"]["used"] == 1
    bound.call("renameApplication", {"applicationName": "Web shop"}, applicationId="shop")
    (renamed,) = until(lambda: bound.call("listChanges", actor=made["keyId"])["results"])
    assert renamed["after"] == {"applicationId": "shop", "applicationName": "Web shop"}
    assert {entry["target"]["applicationId"] for entry in bound.call("listChanges")["results"]} == {
        "shop"
    }
    rotated = client.call("rotateApiKey", {"overlapSeconds": 0}, keyId=made["keyId"])
    assert rotated["apiKey"] != made["apiKey"]
    client.call("revokeApiKey", keyId=made["keyId"])
    assert client.call("getApiKey", keyId=made["keyId"])["state"] == "REVOKED"


def until(found: Callable[[], list[Any]]) -> list[Any]:
    """Ask until there is something: the audit follows what is done a moment later."""
    deadline = time.monotonic() + 60
    while not (results := found()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return results


@pytest.mark.parametrize(
    ("selection", "least"),
    [
        (["--exclude-path-regex", KEYS], 1000),
        (["--include-path-regex", KEYS], 100),
    ],
    ids=["all but keys", "keys"],
)
def test_schemathesis_finds_nothing_that_the_document_does_not_say(
    system: Served, api_key: str, selection: list[str], least: int
) -> None:
    # What is done to keys may be done to the one in use: after that, all answers are 401.
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", "docs/openapi.json", *selection),
        *("--url", system.url, "--header", f"Authorization: App {api_key}"),
        *("--max-examples", str(EXAMPLES_OF_EACH_KIND), "--seed", "1"),
        *("--generation-database", "none", "--no-color"),
    ]
    run = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    # pytest shortens the messages of assertions, so the findings are printed.
    if run.returncode != 0:
        pytest.fail(run.stdout[run.stdout.find("= FAILURES =") :] + run.stderr, pytrace=False)
    generated = re.search(r"(\d+) generated", run.stdout)
    assert generated is not None
    assert int(generated[1]) >= least
