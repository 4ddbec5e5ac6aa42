"""32 threads make and delete the same things at the same moment.

A process serves one request at a time, so threads replace many processes below the handlers:
they call the rules themselves, on the real engine.
"""

import random
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import pytest

from provisioning.accounts import accounts
from provisioning.core import identities
from provisioning.core.errors import (
    ConflictError,
    NotFoundError,
    ProvisioningError,
    ThrottledError,
)
from provisioning.core.identities import Identity
from provisioning.core.kinds import APPLICATION, ENTITY, Kind
from provisioning.operations import association_creation, deletions
from provisioning.resources import associations, parents
from tests.support.associations import check_agreement, sms
from tests.support.races import THREADS, race

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

ACCOUNT = "acme"
ROUNDS = 4
DONE = "done"

both_parents = identities.of(sms("shop", "acme"))
no_entity = identities.of(sms("shop"))


@pytest.fixture(autouse=True)
def account(table: str) -> None:
    """An account with an application and an entity."""
    accounts.create(ACCOUNT)
    parents.create(ACCOUNT, APPLICATION, "shop", None)
    parents.create(ACCOUNT, ENTITY, "acme", None)


def outcome(act: Callable[[], object]) -> str:
    """Return how an act ended: done, or with which of our errors."""
    try:
        act()
    except ProvisioningError as error:
        return type(error).__name__
    return DONE


def outcomes(*acts: Callable[[], object]) -> Counter[str]:
    """Return how the acts ended, carried out all at once by 32 threads."""
    repeated = [partial(outcome, acts[number % len(acts)]) for number in range(THREADS)]
    return Counter(race(repeated))


def check_one_won(found: Counter[str], *losses: type[ProvisioningError]) -> None:
    """Assert that exactly one succeeded and all others failed with a reason."""
    allowed = {loss.__name__ for loss in (*losses, ThrottledError)}
    assert found[DONE] == 1, found
    assert set(found) <= {DONE, *allowed}, found


def test_one_of_many_creations_of_a_parent_wins(kind: Kind) -> None:
    for number in range(ROUNDS):
        create = partial(parents.create, ACCOUNT, kind, f"new{number}", None)
        check_one_won(outcomes(create), ConflictError)


def test_one_of_many_deletions_of_a_parent_wins(kind: Kind) -> None:
    for number in range(ROUNDS):
        parents.create(ACCOUNT, kind, f"old{number}", None)
        delete = partial(deletions.delete, ACCOUNT, kind, f"old{number}")
        check_one_won(outcomes(delete), NotFoundError)


@pytest.mark.parametrize("association", [both_parents, no_entity])
def test_one_of_many_creations_of_an_association_wins(
    database: "DynamoDBClient", table: str, association: Identity
) -> None:
    for number in range(ROUNDS):
        new = association._replace(resource_id=str(number))
        check_one_won(outcomes(partial(association_creation.create, ACCOUNT, new)), ConflictError)
    check_agreement(database, table)


@pytest.mark.parametrize("association", [both_parents, no_entity])
def test_one_of_many_deletions_of_an_association_wins(
    database: "DynamoDBClient", table: str, association: Identity
) -> None:
    for _ in range(ROUNDS):
        association_creation.create(ACCOUNT, association)
        delete = partial(associations.delete, ACCOUNT, association)
        check_one_won(outcomes(delete), NotFoundError)
    check_agreement(database, table)


def test_one_of_many_wins_the_link_to_a_namesake_of_a_deleted_parent(
    database: "DynamoDBClient", table: str
) -> None:
    association_creation.create(ACCOUNT, both_parents)
    for _ in range(ROUNDS):
        deletions.delete(ACCOUNT, APPLICATION, "shop")
        parents.create(ACCOUNT, APPLICATION, "shop", None)
        create = partial(association_creation.create, ACCOUNT, both_parents)
        check_one_won(outcomes(create), ConflictError)
        check_agreement(database, table)
    assert associations.get(ACCOUNT, both_parents.by_default())


def test_creations_and_deletions_take_turns(database: "DynamoDBClient", table: str) -> None:
    for _ in range(ROUNDS):
        found = outcomes(
            partial(association_creation.create, ACCOUNT, both_parents),
            partial(associations.delete, ACCOUNT, both_parents),
        )
        assert set(found) <= {DONE, "ConflictError", "NotFoundError", "ThrottledError"}, found
        check_agreement(database, table)


def everything(dice: random.Random) -> Callable[[], object]:
    """Return any act on one of two applications, two entities or their associations."""
    application_id, entity_id = dice.choice(["shop", "till"]), dice.choice(["acme", "umbrella"])
    association = identities.of(
        sms(application_id, dice.choice([entity_id, None]), dice.choice(["1", "2"]))
    )
    acts: list[Callable[[], object]] = [
        partial(parents.create, ACCOUNT, APPLICATION, application_id, None),
        partial(parents.create, ACCOUNT, ENTITY, entity_id, None),
        partial(deletions.delete, ACCOUNT, APPLICATION, application_id),
        partial(deletions.delete, ACCOUNT, ENTITY, entity_id),
        *[partial(association_creation.create, ACCOUNT, association)] * 4,
        *[partial(associations.delete, ACCOUNT, association)] * 2,
    ]
    return dice.choice(acts)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_at_once_no_association_is_half_written(
    database: "DynamoDBClient", table: str, seed: int
) -> None:
    acts_of_threads = [
        [everything(random.Random(f"{seed} {thread} {act}")) for act in range(15)]
        for thread in range(THREADS)
    ]
    race([partial(list, map(outcome, acts)) for acts in acts_of_threads])
    check_agreement(database, table)
