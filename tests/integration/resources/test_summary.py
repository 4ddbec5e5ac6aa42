"""The summary of an account: exact while it is small, cheap when it is large."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from local.table import create as create_table
from provisioning.accounts import key_creation
from provisioning.accounts.key_creation import NewKey
from provisioning.accounts.principals import MANAGE, READ
from provisioning.accounts.restrictions import Pair
from provisioning.core.identities import Identity
from provisioning.core.origins import COMMAND
from provisioning.resources import summary
from provisioning.table import dynamodb, page_index_keys
from tests.support import crowd
from tests.support.associations import sms
from tests.support.client import ROOT, Client
from tests.support.crowd import ACCOUNT
from tests.support.databases import Databases
from tests.support.deployment import stack

UNITS = 20
SIZES = [int(size) for size in os.environ.get("SUMMARY_LINKS", "2000").split()]
"""How many entities and associations; SUMMARY_LINKS="20000 100000" takes its time."""


def test_a_small_account_is_counted_exactly(client: Client) -> None:
    client.create("applications", "shop")
    client.create("entities", "customer")
    for link in (sms("shop", "customer", "1"), sms("shop", None, "2"), sms("default", None, "1")):
        assert client.link(link).status == 201
    shown = client.call("GET", f"{ROOT}/summary").json
    shown.pop("asOf")
    assert shown == {
        "applications": 2,
        "entities": 1,
        "associations": 3,
        "precision": 0,
        "byType": [{"resourceType": "NUMBER", "channel": "SMS", "count": 3}],
        "topApplications": [
            {"applicationId": "shop", "count": 2},
            {"applicationId": "default", "count": 1},
        ],
        "topEntities": [{"entityId": "customer", "count": 1}],
    }


def test_a_key_that_reads_gets_it_and_a_restricted_one_does_not(client: Client) -> None:
    statuses = [
        Client(key_creation.create("acme", NewKey(scopes, pairs), COMMAND)[1])
        .call("GET", f"{ROOT}/summary")
        .status
        for scopes, pairs in (((READ,), ()), ((MANAGE,), (Pair("shop", None),)))
    ]
    assert statuses == [200, 403]


@pytest.fixture(scope="module", params=SIZES)
def large(request: pytest.FixtureRequest, databases: Databases) -> Iterator[list[Identity]]:
    """An account with many entities and associations, whose page indexes are built."""
    made = crowd.crowd(request.param)
    name = f"summary-{request.param}"
    create_table(databases.take(), replace(stack().table, name=name))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TABLE_NAME", name)
        crowd.write(crowd.items_of(made) + crowd.entities(request.param))
        for partition in page_index_keys.counted_partitions(ACCOUNT):
            crowd.build(partition)
        yield made


@pytest.mark.slow
def test_a_large_account_costs_no_more_and_is_counted_within_the_stated_precision(
    large: list[Identity], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TABLE_NAME", f"summary-{len(large)}")
    dynamodb.usage.reset()
    shown = summary.of(ACCOUNT)
    assert dynamodb.usage.read_units <= UNITS
    assert (shown["associations"], shown["entities"]) == (len(large), len(large))
    applications = Counter(link.application_id for link in large)
    within = shown["precision"] * 2  # one bucket at each end
    for share in shown["topApplications"]:
        assert abs(share["count"] - applications[share["applicationId"]]) <= within
    largest, most = applications.most_common(1)[0]
    assert shown["topApplications"][0]["applicationId"] == largest or most <= within
