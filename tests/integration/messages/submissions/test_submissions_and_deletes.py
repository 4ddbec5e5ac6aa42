"""Messages and deletes in any order: a message submitted before a delete creates nothing."""

import time

import pytest

from provisioning.core.kinds import ENTITY
from provisioning.messages import received
from provisioning.operations import tombstones
from provisioning.table import keys, reads
from tests.support.client import Client
from tests.support.submissions import ACCOUNT, after, deletion, deliver, exists, item, naming


def test_a_later_message_creates_a_deleted_entity_again(client: Client) -> None:
    deliver(naming("acme"))
    generation = item("acme")["generation"]
    client.delete("entities", "acme")
    assert deliver(naming("acme", at=after(deletion("acme")))) == []
    assert item("acme")["generation"] != generation
    assert item("acme")["firstSeenAt"] > deletion("acme")


@pytest.mark.parametrize("milliseconds", [0, -1, -86_400_000])
def test_a_message_submitted_before_the_delete_creates_nothing_however_late_it_comes(
    client: Client, milliseconds: int
) -> None:
    client.create("entities", "acme")
    client.delete("entities", "acme")
    assert deliver(naming("acme", at=after(deletion("acme"), milliseconds))) == []
    assert not exists("acme")


def test_messages_before_and_after_a_delete_may_come_in_any_order(client: Client) -> None:
    client.create("entities", "acme")
    client.delete("entities", "acme")
    late = naming("acme", at=after(deletion("acme"), -1))
    new = naming("acme", at=after(deletion("acme")))
    assert deliver(late) == []
    assert deliver(new, late) == []
    assert deliver(late) == []
    assert exists("acme")


def test_only_the_deleted_one_of_a_batch_is_not_created(client: Client) -> None:
    client.create("entities", "deleted")
    client.delete("entities", "deleted")
    names = [f"entity-{number}" for number in range(60)]
    late = after(deletion("deleted"), -1)
    assert deliver(naming(*names, "deleted", at=late)) == []
    assert client.list("entities", size=100).ids == sorted(names)


def test_the_last_of_several_deletes_counts(client: Client) -> None:
    client.create("entities", "acme")
    client.delete("entities", "acme")
    between = after(deletion("acme"))
    time.sleep(0.005)
    client.create("entities", "acme")
    client.delete("entities", "acme")
    assert deliver(naming("acme", at=between)) == []
    assert not exists("acme")


def test_clients_create_a_deleted_entity_whenever_they_want(client: Client) -> None:
    client.create("entities", "acme")
    client.delete("entities", "acme")
    assert client.create("entities", "acme", "Acme Ltd").status == 201


def test_a_delete_is_forgotten_when_no_message_can_be_that_old(client: Client) -> None:
    client.create("entities", "acme")
    client.delete("entities", "acme")
    remembered = reads.get(keys.parent_tombstone(ACCOUNT, ENTITY, "acme"))
    assert remembered is not None
    days = (remembered["expiresAt"] - time.time()) / 86400
    assert received.MAXIMUM_AGE.days < days <= tombstones.TOMBSTONE_DAYS
