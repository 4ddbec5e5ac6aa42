"""What lists of applications and entities take beside a page: a prefix, and counts of links."""

import random
from typing import Any

import pytest

from provisioning.accounts import key_creation, principals
from provisioning.accounts.key_creation import NewKey
from provisioning.accounts.restrictions import Pair
from provisioning.core.kinds import Kind
from provisioning.core.origins import COMMAND
from tests.support.associations import sms
from tests.support.client import ROOT, Client

ALPHABET = ["a", "b", "$", "!", "#", "/", " ", "\x01", "é", "\U0010ffff", "\U0001f600"]


def test_a_prefix_finds_the_ids_that_begin_with_it_and_no_other(client: Client, kind: Kind) -> None:
    chance = random.Random(kind.name)
    ids = {"".join(chance.choices(ALPHABET, k=chance.randint(1, 4))) + "x" for _ in range(60)}
    ids |= {"a", "ab", "\U0010ffff" * 255, "a" * 255}
    for identifier in ids:
        assert client.create(kind.collection, identifier).status == 201
    ids |= kind.built_in
    prefixes = {identifier[:length] for identifier in ids for length in (1, 2, 3, 255)}
    for prefix in prefixes:
        listed = client.list(kind.collection, prefix=prefix, size=1000).json
        expected = sorted(identifier for identifier in ids if identifier.startswith(prefix))
        assert [row[kind.id_member] for row in listed["results"]] == expected
        assert listed["paging"]["totalResults"] == len(expected)


@pytest.mark.slow
def test_a_prefix_has_pages_in_a_large_collection(client: Client) -> None:
    for first in range(0, 1_500, 500):
        created = [{"entityId": f"{n % 3}-{n:05d}"} for n in range(first, first + 500)]
        client.call("POST", f"{ROOT}/entities/bulk", body={"create": created})
    page = client.list("entities", prefix="1-", page=4, size=100).json
    assert page["paging"] == {"page": 4, "size": 100, "totalPages": 5, "totalResults": 500}
    assert [row["entityId"] for row in page["results"]] == [
        f"1-{n:05d}" for n in range(1_201, 1_500, 3)
    ]


def test_counts_are_those_of_the_links(client: Client, kind: Kind) -> None:
    for number in range(3):
        client.create(kind.collection, f"p{number}")
    for number in range(25):
        pair: dict[str, Any] = {kind.id_member: "p1" if number < 23 else "p2"}
        assert client.link(sms("default", None, str(number)) | pair).status == 201
    listed = client.list(kind.collection, include="counts", prefix="p").json["results"]
    assert [(row[kind.id_member], row["linked"]) for row in listed] == [
        ("p0", 0),
        ("p1", 23),
        ("p2", 2),
    ]
    assert "linked" not in client.list(kind.collection).json["results"][0]


def test_a_restricted_key_counts_only_visible_associations(client: Client) -> None:
    client.create("applications", "shop")
    client.create("entities", "customer")
    client.link(sms("shop", "customer", "1"))
    client.link(sms("shop", None, "2"))
    pairs = (Pair("shop", "customer"),)
    restricted = Client(key_creation.create("acme", NewKey(pairs=pairs), COMMAND)[1])
    listed = restricted.list("applications", include="counts").json["results"]
    assert listed == [{"applicationId": "shop", "linked": 1}]
    assert restricted.list("applications", prefix="x").json["results"] == []


@pytest.mark.parametrize(
    ("query", "member"),
    [
        ({"include": "counts", "size": "101"}, "size"),
        ({"include": "names"}, "include"),
        ({"prefix": "x" * 256}, "prefix"),
    ],
)
def test_invalid_options_are_refused(
    client: Client, kind: Kind, query: dict[str, str], member: str
) -> None:
    refused = client.list(kind.collection, **query)
    assert refused.status == 400
    assert list(refused.problems) == [member]


def test_any_key_can_read_its_own_properties(client: Client) -> None:
    for scopes, pairs in (
        ((principals.READ,), ()),
        ((principals.MANAGE,), (Pair("shop", None),)),
        ((principals.KEYS,), ()),
    ):
        item, secret = key_creation.create("acme", NewKey(scopes, pairs, "Mine"), COMMAND)
        answer = Client(secret).call("GET", f"{ROOT}/current-api-key")
        assert answer.status == 200
        assert (answer.json["keyId"], answer.json["name"]) == (item["keyId"], "Mine")
        assert tuple(answer.json["scopes"]) == scopes
        assert ("platform" in answer.json) == bool(pairs)
        assert secret not in answer.text
