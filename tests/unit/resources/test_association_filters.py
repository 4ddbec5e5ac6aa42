"""Filters in all their combinations, against a model: a plain list."""

from functools import partial
from itertools import product
from typing import Any

import pytest

from provisioning.paging import page_index, sizes
from provisioning.paging.sizes import Sizes
from provisioning.projections import consistency, follower
from provisioning.table import keys, page_index_keys, reads
from tests.support.associations import IDENTITY, shown
from tests.support.changes import change
from tests.support.client import Client, Response

APPLICATIONS = ("default", "a", "a#b")
ENTITIES = (None, "a", "a#NUMBER", "ä")
RESOURCES = (
    ("NUMBER", "SMS", "1"),
    ("NUMBER", "SMS", "1#a"),
    ("NUMBER", "WHATSAPP", "1"),
    ("ALPHA", "SMS", "1"),
)
FILTER_VALUES: dict[str, tuple[str, ...]] = {
    "resourceType": ("NUMBER", "DOMAIN"),
    "channel": ("SMS", "WHATSAPP"),
    "applicationId": ("default", "a", "nothing"),
    "entityId": ("a", "a#NUMBER", "null", "nobody"),
    "resourceId": ("1",),
}
NOT_GIVEN = "not given"
ALL = [
    {
        "resourceType": resource_type,
        "channel": channel,
        "applicationId": application_id,
        "entityId": entity_id,
        "resourceId": resource_id,
    }
    for application_id, entity_id, (resource_type, channel, resource_id) in product(
        APPLICATIONS, ENTITIES, RESOURCES
    )
]
PAGED: list[dict[str, str]] = [
    {},
    {"applicationId": "a"},
    {"entityId": "a"},
    {"entityId": "a", "applicationId": "a#b"},
    {"entityId": "null"},
    {"channel": "SMS"},
    {"resourceId": "1", "resourceType": "NUMBER", "entityId": "ä"},
]
COMBINATIONS = [
    {name: value for name, value in zip(FILTER_VALUES, values, strict=True) if value != NOT_GIVEN}
    for values in product(*((NOT_GIVEN, *values) for values in FILTER_VALUES.values()))
]


RESOURCE_FIRST = ("resourceType", "channel", "resourceId", "entityId", "applicationId")
ENTITY_FIRST = ("entityId", "resourceType", "channel", "applicationId", "resourceId")


def order(filters: dict[str, str], association: dict[str, Any]) -> tuple[str, ...]:
    """Lists are in the order of what they name: applications, entities or resources."""
    members = RESOURCE_FIRST
    if not filters or "applicationId" in filters:
        members = IDENTITY
    elif "entityId" in filters and "resourceId" not in filters:
        members = ENTITY_FIRST
    return tuple(association[name] or "" for name in members)


def expected(filters: dict[str, str]) -> list[dict[str, Any]]:
    """Return what a list with these filters holds, in order."""
    wanted = {name: None if value == "null" else value for name, value in filters.items()}
    return [
        shown(association)
        for association in sorted(ALL, key=partial(order, filters))
        if all(association[name] == value for name, value in wanted.items())
    ]


@pytest.fixture(params=["few", "many"])
def linked(client: Client, request: pytest.FixtureRequest) -> Client:
    """A client whose account has all of the associations above, which count as few, or as many:
    they then have page indexes.
    """
    if request.param == "many":
        monkeypatch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
        monkeypatch.setattr(sizes, "current", Sizes(small=6, short=4, block=8, group=4))
    return with_everything_linked(client)


def with_everything_linked(client: Client) -> Client:
    for application_id in APPLICATIONS[1:]:
        client.create("applications", application_id)
    for entity_id in filter(None, ENTITIES):
        client.create("entities", entity_id)
    for association in ALL:
        assert client.link(association).status == 201
    if sizes.current != Sizes():
        count_everything("acme")
    return client


def count_everything(account_id: str) -> None:
    """Count the associations, as the stream would have it done."""
    consistency.rebuild(account_id)
    for partition in page_index_keys.counted_partitions(account_id):
        while (item := reads.get(page_index_keys.root(partition))) and item.get("working"):
            follower.follow([change(None, item)])  # A build takes turns: each continues it.
    consistency.rebuild(account_id)
    for links in keys.association_links(account_id):
        found = page_index.read(links.partition)
        assert found is not None
        assert (found.is_ready, found.total) == (True, len(ALL))


def page(client: Client, filters: dict[str, str], number: int, size: int) -> Response:
    return client.list("associations", **filters, page=str(number), size=str(size))


def test_every_combination_of_filters_finds_the_associations_that_meet_all(linked: Client) -> None:
    for filters in COMBINATIONS:
        answer = page(linked, filters, 0, 1000)
        assert answer.json["results"] == expected(filters), filters
        assert answer.json["paging"]["totalResults"] == len(expected(filters)), filters


def test_every_page_of_a_filtered_list_is_a_slice_of_it(linked: Client) -> None:
    for filters in PAGED:
        whole = expected(filters)
        for size in (1, 5, len(whole)):
            pages = -(-len(whole) // size)
            for number in {0, 1, pages - 1, pages}:
                answer = page(linked, filters, number, size)
                assert answer.json["results"] == whole[number * size : (number + 1) * size]
                assert answer.json["paging"] == {
                    "page": number,
                    "size": size,
                    "totalPages": pages,
                    "totalResults": len(whole),
                }
