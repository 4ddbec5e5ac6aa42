"""32 connections make and delete the same things of the served API at the same moment."""

import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import requests

from local.table import client as engine_client
from tests.support.associations import check_agreement, sms
from tests.support.races import THREADS, race
from tests.support.served import Served

LINKED = sms("shop", "acme")
ROUNDS = 3
REST_SECONDS = 60


class Http:
    """Sends requests with one key, each on a connection of its own."""

    def __init__(self, url: str, api_key: str) -> None:
        self._root = f"{url}/provisioning/1"
        self._headers = {"Authorization": f"App {api_key}"}

    def __call__(self, method: str, path: str, body: Any = None) -> int:
        """Return the status of the answer, 429 when the table was too busy."""
        url = f"{self._root}/{path}"
        answer = requests.request(method, url, json=body, headers=self._headers, timeout=60)
        return answer.status_code


@pytest.fixture
def http(system: Served, api_key: str) -> Http:
    """A client of a new account with an application and an entity."""
    client = Http(system.url, api_key)
    assert client("POST", "applications", {"applicationId": "shop"}) == 201
    assert client("POST", "entities", {"entityId": "acme"}) == 201
    return client


def statuses(*requests_: Callable[[], int]) -> Counter[int]:
    """Return how often each status came of 32 requests at once."""
    return Counter(race([requests_[number % len(requests_)] for number in range(THREADS)]))


@pytest.mark.parametrize(
    ("create", "delete", "done", "path", "body"),
    [
        ("POST", "DELETE", 200, "applications", {"applicationId": "new"}),
        ("POST", "DELETE", 200, "entities", {"entityId": "new"}),
        ("POST", "DELETE", 204, "associations", LINKED),
    ],
    ids=["applications", "entities", "associations"],
)
def test_of_many_one_creates_and_one_deletes(
    http: Http, create: str, delete: str, done: int, path: str, body: dict[str, Any]
) -> None:
    one, content = (path, body) if path == "associations" else (f"{path}/new", None)
    for _ in range(ROUNDS):
        created = statuses(partial(http, create, path, body))
        assert created[201] == 1
        assert set(created) <= {201, 409, 429}
        deleted = statuses(partial(http, delete, one, content))
        assert deleted[done] == 1
        assert set(deleted) <= {done, 404, 429}


def test_whatever_happens_at_once_no_association_is_half_written(
    http: Http, system: Served
) -> None:
    mixed = [
        partial(http, "POST", "applications", {"applicationId": "shop"}),
        partial(http, "DELETE", "applications/shop"),
        partial(http, "POST", "entities", {"entityId": "acme"}),
        partial(http, "DELETE", "entities/acme"),
        *[partial(http, "POST", "associations", LINKED)] * 3,
        partial(http, "DELETE", "associations", LINKED),
    ]
    for _ in range(ROUNDS):
        assert set(statuses(*mixed)) <= {200, 201, 204, 404, 409, 429}
    wait_for_agreement(system)


def wait_for_agreement(system: Served) -> None:
    """Block until no association is seen half written.

    Resets continue after the last answer, and a scan sees a moving table at more than one moment.
    """
    deadline = time.monotonic() + REST_SECONDS
    environment = system.environment
    database = engine_client(
        environment["AWS_ENDPOINT_URL_DYNAMODB"], environment["AWS_ACCESS_KEY_ID"]
    )
    while True:
        try:
            check_agreement(database, environment["TABLE_NAME"])
        except AssertionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return
