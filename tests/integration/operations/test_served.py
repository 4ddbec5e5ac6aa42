"""Resets of the served system, which is killed during one and gets records that fail."""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local import service
from local.queues.server import client as queue_client
from local.seed import ACCOUNT_ID, API_KEY
from local.settings import PROJECT
from local.table import client as table_client
from provisioning.core import ids
from provisioning.core.identities import Identity
from provisioning.core.kinds import APPLICATION, ENTITY
from provisioning.resources import association_items, parents
from provisioning.table import items, primary_keys
from provisioning.table.item_types import AssociationItem
from provisioning.table.items import Item
from tests.support.associations import stored_items
from tests.support.client import ROOT
from tests.support.deployment import stack
from tests.support.seeding import association, put
from tests.support.served import Served, served
from tests.support.thoroughness import THOROUGH

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

LINKS = 20_000 if THOROUGH or "CI" in os.environ else 2_000
DEAD_LETTERS = "ResetsDeadLetters"
MADE = ("association", "entityLink")
SECONDS = 600.0
"""How long a condition is waited for at most."""


@contextmanager
def serving(folder: Path) -> Iterator[tuple[Served, "subprocess.Popen[bytes]"]]:
    """Serve a folder's data, and kill what serves it at the end."""
    port = service.free_port()
    output = folder / "output"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "local", "serve"],
            stdout=file,
            stderr=subprocess.STDOUT,
            cwd=PROJECT,
            env=os.environ | {"PORT": str(port), "LOCAL_DIR": str(folder)},
        )
    try:
        wait_for(lambda: "ready" in output.read_text())
        yield Served(f"http://127.0.0.1:{port}", folder), process
    finally:
        process.kill()
        process.wait()


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(service.POLL_SECONDS)


def request(system: Served, method: str, path: str, body: Any = None) -> tuple[Any, Any]:
    """Send a request; return its response and the document in it."""
    headers = {"Authorization": f"App {API_KEY}", "Content-Type": "application/json"}
    host = system.url.partition("//")[2]
    with closing(http.client.HTTPConnection(host, timeout=60)) as connection:
        connection.request(method, ROOT + path, json.dumps(body) if body else None, headers)
        response = connection.getresponse()
        text = response.read()
    return response, json.loads(text) if text else None


def links() -> Iterator[Identity]:
    """Yield what is linked to the application, and some that is not."""
    for number in range(LINKS):
        resource_id = f"4477{number:08}"
        yield association("shop", "bank" if number % 10 == 0 else None, resource_id)
        if number % 20 == 0:
            yield association(resource_id=resource_id)
            yield association("default", "bank", resource_id)


def table_of(system: Served) -> "tuple[DynamoDBClient, str]":
    """Return a client of a system's table, and its name."""
    environment = system.environment
    return table_client(environment["AWS_ENDPOINT_URL_DYNAMODB"]), environment["TABLE_NAME"]


def seed(system: Served) -> None:
    """Write the links straight into the table."""
    database, table = table_of(system)
    found = {(item.get("type"), item.get("id")): item for item in stored_items(database, table)}
    generations = {
        f"{kind.name}Generation": found[kind.name, name]["generation"]
        for kind, name in ((APPLICATION, "shop"), (ENTITY, "bank"))
    }
    put(database, table, (item for link in links() for item in made(link, generations)))


def made(link: Identity, generations: dict[str, str]) -> list[AssociationItem]:
    """Return the items of a link."""
    marks = {name: generations[name] for name in association_items.parents_of(link)}
    return association_items.items_of(ACCOUNT_ID, link, ids.new_id(), marks)


@pytest.mark.slow
def test_a_reset_continues_after_the_system_was_killed(tmp_path: Path) -> None:
    with serving(tmp_path) as (system, process):
        assert request(system, "POST", "/applications", {"applicationId": "shop"})[0].status == 201
        assert request(system, "POST", "/entities", {"entityId": "bank"})[0].status == 201
        seed(system)
        response, _ = request(system, "DELETE", "/applications/shop")
        assert response.status == 200
        operation = "/operations/" + response.headers["Operation-Location"].rpartition("/")[2]
        wait_for(lambda: request(system, "GET", operation)[1]["done"] > LINKS // 10)
        process.kill()
    with serving(tmp_path) as (system, _):
        begun = request(system, "GET", operation)[1]
        assert begun["state"] == "RUNNING"
        assert LINKS // 10 < begun["done"] < LINKS
        wait_for(lambda: request(system, "GET", operation)[1]["state"] == "SUCCEEDED")
        ended = request(system, "GET", operation)[1]
        remaining = [item for item in stored_items(*table_of(system)) if item.get("type") in MADE]
    # Links whose own records came only after the delete were reset by these.
    assert begun["done"] <= ended["done"] <= LINKS
    expected = {
        key: kind
        for link in links()
        for key, kind in zip(keys_of(default_of_shop(link)), MADE, strict=False)
    }
    assert {(item["PK"], item["SK"]): item["type"] for item in remaining} == expected


def default_of_shop(link: Identity) -> Identity:
    """Return what a link is after the reset: itself, unless it was the application's."""
    return link.by_default() if link.application_id == "shop" else link


def keys_of(link: Identity) -> list[primary_keys.Key]:
    """Return the keys of a link's items."""
    return association_items.keys_of(ACCOUNT_ID, link)


# --- a record that cannot be processed ------------------------------------------------------------


def damage(system: Served, application_id: str) -> Item:
    """Put an application into the table whose item lacks what every one has; return its key."""
    database, table = table_of(system)
    item = parents.new_item(ACCOUNT_ID, APPLICATION, application_id, None)
    put(database, table, [{name: value for name, value in item.items() if name != "generation"}])
    return items.key_attributes(items.key_of(item))


def put_orphans(system: Served, *given: Identity) -> None:
    """Write links to applications that are gone, as if these had been deleted just before."""
    generations = {"applicationGeneration": "one of the past"}
    put(*table_of(system), (item for link in given for item in made(link, generations)))


def linked(system: Served) -> dict[str, str]:
    """Return the application of each resource, as a client sees them."""
    found = request(system, "GET", "/associations?size=1000")[1]["results"]
    assert len(found) == len({shown["resourceId"] for shown in found})
    return {shown["resourceId"]: shown["applicationId"] for shown in found}


def dead_letter(system: Served) -> tuple[str, Any]:
    """Wait for the one message of the dead-letter queue; return the queue's URL and the message."""
    with closing(queue_client(system.environment["AWS_ENDPOINT_URL_SQS"])) as queues:
        (name,) = (one.name for one in stack().queues if one.name.endswith(f"-{DEAD_LETTERS}"))
        url = queues.get_queue_url(QueueName=name)["QueueUrl"]
        found = queues.receive_message(
            QueueUrl=url,
            WaitTimeSeconds=20,
            MaxNumberOfMessages=10,
            VisibilityTimeout=0,
            MessageAttributeNames=["All"],
        ).get("Messages", [])
    (message,) = found
    return url, message


@pytest.mark.slow
def test_a_record_that_cannot_be_processed_becomes_a_dead_letter_and_is_replayed_by_command(
    tmp_path: Path,
) -> None:
    with served(tmp_path) as system:
        assert request(system, "POST", "/applications", {"applicationId": "shop"})[0].status == 201
        for number in range(3):
            link = association("shop", None, f"shop-{number}").members()
            assert request(system, "POST", "/associations", link)[0].status == 201
        damaged = damage(system, "damaged")
        put_orphans(
            system,
            association("gone", None, "before"),
            association("damaged", None, "poison"),
            association("gone", None, "behind"),
        )
        assert request(system, "DELETE", "/applications/shop")[0].status == 200
        everything = {"shop-0", "shop-1", "shop-2", "before", "poison", "behind"}
        all_others = dict.fromkeys(everything, "default") | {"poison": "damaged"}
        wait_for(lambda: linked(system) == all_others)
        url, letter = dead_letter(system)
        assert letter["MessageAttributes"]["reason"]["StringValue"] == "KeyError: 'generation'"
        assert "poison" in str(json.loads(letter["Body"])["record"]["dynamodb"]["Keys"])
        assert linked(system) == all_others
        database, table = table_of(system)
        database.delete_item(TableName=table, Key=items.encode(damaged))
        replayed = '{"replayed": 1, "failed": 0, "forgotten": 0}'
        assert system.command("replay-dead-letters", url) == replayed
        assert system.command("recheck-associations", ACCOUNT_ID) == '{"reset": 0}'
        assert linked(system) == dict.fromkeys(everything, "default")
