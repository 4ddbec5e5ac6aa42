"""Clients and workers in threads, on the same account at the same time."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from provisioning.core.errors import ConflictError, NotFoundError, ThrottledError
from provisioning.core.kinds import APPLICATION, ENTITY, Kind
from provisioning.operations import association_creation, deletions
from provisioning.resources import associations, parents
from provisioning.table import keys
from tests.support.association_parts import default_key
from tests.support.ledger import Ledger
from tests.support.races import race
from tests.support.seeding import ACCOUNT, association, put, seeds
from tests.support.stream import Record, Stream, image, key_of, streams_client
from tests.support.thoroughness import THOROUGH
from tests.support.workers import Workers

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

    from provisioning.core.identities import Identity
    from provisioning.table.items import Item
    from provisioning.table.primary_keys import Key

CLIENTS = 16
STEPS = 500 if THOROUGH else 25
PARENTS = [(APPLICATION, "a"), (APPLICATION, "b"), (ENTITY, "e"), (ENTITY, "f")]


@pytest.fixture
def workers(database: "DynamoDBClient", endpoint: str, table: str) -> Workers:
    """Workers at a new table."""
    return Workers(Stream(streams_client(endpoint), database, table))


def ledger_of(history: list[Record]) -> Ledger:
    """Return the ledger after everything has ended."""
    ledger = Ledger()
    ledger.begin(history)
    return ledger


# --- everything at once -------------------------------------------------------------------------


class Wanderer:
    """A client that makes random requests, and remembers the answers.

    Item:
        under_default: What it linked to ``default`` without an entity.
        unlinked: How often it deleted which association.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.under_default: set[Key] = set()
        self.unlinked: Counter[Key] = Counter()

    def wander(self) -> None:
        """Take some steps."""
        for _ in range(STEPS):
            try:
                self._step()
            except (NotFoundError, ConflictError, ThrottledError):
                continue

    def _step(self) -> None:
        kind, identifier = self._random.choice(PARENTS)
        match self._random.choices(["link", "unlink", "create", "delete"], [8, 2, 3, 1])[0]:
            case "link":
                self._link()
            case "unlink":
                self._unlink()
            case "create":
                parents.create(ACCOUNT, kind, identifier, None)
            case "delete":
                deletions.delete(ACCOUNT, kind, identifier)

    def _link(self) -> None:
        given = self._association()
        association_creation.create(ACCOUNT, given)
        if given == given.by_default():
            self.under_default.add(keys.association(ACCOUNT, given))

    def _unlink(self) -> None:
        given = self._association()
        if given != given.by_default():
            associations.delete(ACCOUNT, given)
            self.unlinked[keys.association(ACCOUNT, given)] += 1

    def _association(self) -> "Identity":
        return association(
            self._random.choice(["a", "b", "default"]),
            self._random.choice([None, "e", "f"]),
            str(self._random.randrange(30)),
        )


class Removals:
    """Which associations were removed or replaced, by the table's stream.

    Item:
        times: How often each was.
        live: How often each was while it had its parents.
        targets: The association of each resource after a reset.
    """

    def __init__(self, history: Iterable[Record]) -> None:
        self.times: Counter[Key] = Counter()
        self.live: Counter[Key] = Counter()
        self.targets: dict[Key, Key] = {}
        ledger = Ledger()
        for record in history:
            old, new = image(record, "OldImage"), image(record, "NewImage")
            if old is not None and old["type"] == "association" and not is_same_link(old, new):
                key = key_of(record)
                self.times[key] += 1
                self.live[key] += not ledger.is_stale(old)
                self.targets[key] = default_key(old)
            ledger.begin([record])


def is_same_link(old: "Item", new: "Item | None") -> bool:
    """Return whether an association stays what it was, but for shares that merging gave it."""
    return new is not None and {**old, "shares": 0} == {**new, "shares": 0}


def test_16_clients_and_several_workers_at_once_lose_nothing_and_bring_nothing_back(
    database: "DynamoDBClient", table: str, workers: Workers
) -> None:
    clients = [Wanderer(seed) for seed in range(CLIENTS)]
    with workers.at_work():
        race([client.wander for client in clients])
    assert workers.failures == []
    ledger = ledger_of(workers.history)
    ledger.expect_rest(database, table)
    unlinked: Counter[Key] = sum((client.unlinked for client in clients), Counter())
    removals = Removals(workers.history)
    # Only clients remove what has its parents, and what they remove is removed.
    assert removals.live <= unlinked <= removals.times
    # A resource is under default if it was linked there or a reset moved another link of it.
    reset = {removals.targets[key] for key in removals.times - unlinked}
    linked = {key for client in clients for key in client.under_default}
    standing = {key for key, item in ledger.existing.items() if default_key(item) == key}
    assert standing == reset | linked


# --- deletions side by side ---------------------------------------------------------------------

APPLICATIONS = 1000 if THOROUGH else 60
ENTITIES = 8
LINKS = 5


def linked_to(number: int) -> Iterator["Identity"]:
    """Yield what is linked to an application, with and without an entity that others have too."""
    for place in range(LINKS):
        resource_id = f"{number * LINKS + place}"
        yield association(f"a{number}", None, resource_id)
        yield association(f"a{number}", f"e{(number + place) % ENTITIES}", resource_id)
    yield association("kept", None, f"{number * LINKS}")


def deletion(kind: Kind, identifier: str) -> Callable[[], bool]:
    """Return the deletion of a parent, which returns whether it existed."""

    def delete() -> bool:
        try:
            deletions.delete(ACCOUNT, kind, identifier)
        except NotFoundError:
            return False
        return True

    return delete


def test_deletions_of_everything_at_once_and_repeated_all_converge(
    database: "DynamoDBClient", table: str, workers: Workers
) -> None:
    applications = [(APPLICATION, f"a{number}") for number in range(APPLICATIONS)]
    entities = [(ENTITY, f"e{number}") for number in range(ENTITIES)]
    for kind, identifier in [*applications, *entities, (APPLICATION, "kept")]:
        parents.create(ACCOUNT, kind, identifier, None)
    given = [link for number in range(APPLICATIONS) for link in linked_to(number)]
    put(database, table, seeds(given))
    deletions = [deletion(*parent) for parent in [*applications, *entities] for _ in "123"]
    random.Random(1).shuffle(deletions)
    with workers.at_work(), ThreadPoolExecutor(CLIENTS) as threads:
        deleted = list(threads.map(lambda delete: delete(), deletions))
    assert workers.failures == []
    assert Counter(deleted)[True] == len(applications) + len(entities)
    ledger = ledger_of(workers.history)
    finished = ledger.expect_rest(database, table)
    expected = {
        keys.association(ACCOUNT, link if link.application_id == "kept" else link.by_default())
        for link in given
    }
    assert set(ledger.existing) == expected
    assert len(finished) == len(applications) + len(entities)
    assert sum(shown["done"] for shown in finished) <= 2 * LINKS * APPLICATIONS
