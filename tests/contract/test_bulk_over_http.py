"""Bulk requests to the served API, also of several clients at once."""

import os
from collections import Counter
from functools import partial
from typing import Any

import pytest
import requests

from tests.contract.test_races_over_http import wait_for_agreement
from tests.support.associations import sms
from tests.support.races import race
from tests.support.served import Served

ITEMS = int(os.environ.get("BULK_ITEMS", "100"))
CLIENTS = 3


def send(system: Served, api_key: str, collection: str, **lists: Any) -> requests.Response:
    return requests.post(
        f"{system.url}/provisioning/1/{collection}/bulk",
        json=lists,
        headers={"Authorization": f"App {api_key}"},
        timeout=60,
    )


def statuses(answer: requests.Response) -> list[int]:
    assert answer.status_code in {200, 207}, answer.text
    return [result["status"] for result in answer.json()["results"]]


@pytest.fixture
def shop(system: Served, api_key: str) -> str:
    """A key of an account that has an application and an entity."""
    send(system, api_key, "applications", create=[{"applicationId": "shop"}])
    send(system, api_key, "entities", create=[{"entityId": "acme"}])
    return api_key


def test_simultaneous_bulks_never_create_or_delete_the_same_thing(
    system: Served, shop: str
) -> None:
    links = [sms("shop", "acme" if number % 2 else None, f"{number}") for number in range(ITEMS)]
    made = race([partial(send, system, shop, "associations", link=links)] * CLIENTS)
    removed = race([partial(send, system, shop, "associations", unlink=links)] * CLIENTS)
    for answers, done, not_done in ((made, 201, 409), (removed, 204, 404)):
        for of_one in zip(*map(statuses, answers), strict=True):
            assert Counter(of_one) == {done: 1, not_done: CLIENTS - 1}
    wait_for_agreement(system)


def test_parents_that_are_deleted_in_bulk_leave_their_links_to_the_application_that_stays(
    system: Served, shop: str
) -> None:
    entities = [f"customer{number}" for number in range(10)]
    created = send(system, shop, "entities", create=[{"entityId": each} for each in entities])
    links = [sms("shop", each, each) for each in entities]
    linked = send(system, shop, "associations", link=links)
    deleted = send(system, shop, "entities", delete=entities)
    assert [created.status_code, linked.status_code, deleted.status_code] == [200] * 3
    headers = {"Authorization": f"App {shop}"}
    for result in deleted.json()["results"]:
        url = system.url + result["operationLocation"]
        state = ""
        while state != "SUCCEEDED":
            state = requests.get(url, headers=headers, timeout=60).json()["state"]
            assert state != "FAILED"
    listed = requests.get(
        f"{system.url}/provisioning/1/associations",
        params={"applicationId": "default", "entityId": "null", "size": "1000"},
        headers=headers,
        timeout=60,
    ).json()["results"]
    assert {link["resourceId"] for link in listed} == set(entities)
