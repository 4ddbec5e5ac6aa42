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
from provisioning.table.items import Item
from tests.support import crowd
from tests.support.associations import sms
from tests.support.client import ROOT, Client
from tests.support.crowd import ACCOUNT
from tests.support.databases import Databases
from tests.support.deployment import stack

UNITS = 20
SIZES = [int(size) for size in os.environ.get("SUMMARY_LINKS", "150 999 2000").split()]
"""How many applications, entities and associations; SUMMARY_LINKS="20000 100000" takes its time."""
COUNTED = 150
"""Associations up to which the counts are exact, with ids like these."""


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
        "partial": False,
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
def account(request: pytest.FixtureRequest, databases: Databases) -> Iterator[list[Identity]]:
    """An account with as many entities as associations, whose page indexes are built."""
    made = crowd.crowd(request.param)
    name = f"summary-{request.param}"
    create_table(databases.take(), replace(stack().table, name=name))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TABLE_NAME", name)
        crowd.write(crowd.items_of(made) + crowd.entities(request.param))
        for partition in page_index_keys.counted_partitions(ACCOUNT):
            crowd.build(partition)
        yield made


def counted(account_id: str = ACCOUNT) -> Item:
    """Return the summary of an account, which must not cost more than it may."""
    dynamodb.usage.reset()
    figures = summary.of(account_id)
    assert dynamodb.usage.read_units <= UNITS
    return figures


@pytest.mark.slow
def test_any_account_costs_no_more_and_is_counted_within_what_is_told(
    account: list[Identity],
) -> None:
    figures = counted()
    assert (figures["associations"], figures["entities"]) == (len(account), len(account))
    assert not figures["partial"]
    assert (figures["precision"] == 0) == (len(account) <= COUNTED)
    types = Counter((link.resource_type, link.channel) for link in account)
    for share in figures["byType"]:
        found = types.pop((share["resourceType"], share["channel"]))
        assert abs(share["count"] - found) <= figures["precision"]
    assert max(types.values(), default=0) <= figures["precision"]
    for member, of in (("applicationId", "topApplications"), ("entityId", "topEntities")):
        numbers = Counter(link.members().get(member) for link in account)
        for share in figures[of]:
            assert abs(share["count"] - numbers[share[member]]) <= figures["precision"]
    largest, most = Counter(link.application_id for link in account).most_common(1)[0]
    assert figures["topApplications"][0]["applicationId"] == largest
    assert most > figures["precision"]


def long_named(number: int) -> str:
    """Return an id of 255 characters, of four bytes each."""
    return f"{number:03}" + "\U0001f600" * 252


def test_the_longest_ids_cost_no_more(table: str) -> None:
    many = 199
    crowd.write([crowd.entity(long_named(number)) for number in range(many)])
    assert 0 < (figures := counted())["entities"] < many
    assert figures["partial"]


def test_an_account_whose_page_index_is_not_built_yet_costs_no_more(table: str) -> None:
    made = crowd.crowd(600)
    crowd.write(crowd.items_of(made))
    assert 0 < (figures := counted())["associations"] < len(made)
    assert figures["partial"]
