"""How many applications, entities and associations an account may have."""

from typing import Any

import pytest

from provisioning.accounts import quotas
from provisioning.table import dynamodb
from tests.support.associations import sms
from tests.support.client import Client
from tests.support.limits import limit


def create(client: Client, collection: str, number: int) -> Any:
    if collection == "associations":
        return client.link(sms(resource_id=str(number)))
    return client.create(collection, str(number))


@pytest.mark.parametrize("collection", quotas.COLLECTIONS)
def test_no_more_is_created_than_the_account_may_have(
    client: Client, collection: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing = client.list(collection).json["paging"]["totalResults"]
    limit(monkeypatch, **{collection: 12})
    answers = [create(client, collection, number) for number in range(15)]
    allowed = 12 - standing
    assert [answer.status for answer in answers] == [201] * allowed + [429] * (15 - allowed)
    assert answers[-1].headers["Retry-After"] == "3600"
    assert "12" in str(answers[-1].problems)
    assert client.list(collection).json["paging"]["totalResults"] == 12


def test_the_key_that_deletes_a_parent_can_create_it_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, entities=1)
    assert client.create("entities", "one").status == 201
    assert client.create("entities", "two").status == 429
    client.delete("entities", "one")
    assert client.create("entities", "two").status == 201


def test_counting_is_not_for_every_create(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, entities=1000)
    client.create("entities", "first")
    dynamodb.usage.reset()
    client.create("entities", "second")
    assert (dynamodb.usage.calls, dynamodb.usage.read_units) == (1, 0)
