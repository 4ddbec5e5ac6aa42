"""A list whose total is behind says since when."""

from datetime import UTC, datetime, timedelta

import pytest

from provisioning.core import clock
from provisioning.core.kinds import ENTITY
from provisioning.paging import lag, pages
from provisioning.projections import follower
from provisioning.table import keys, page_index_keys, writes
from tests.support import crowd
from tests.support.changes import change
from tests.support.crowd import ACCOUNT
from tests.support.memory import Memory

LISTED = keys.parents(ACCOUNT, ENTITY)


@pytest.fixture(autouse=True)
def built(memory: Memory) -> None:
    """Entities whose page index is built."""
    crowd.write(crowd.entities(90))
    crowd.build(LISTED.partition)


def moment(seconds_ago: float) -> str:
    return clock.text(datetime.now(UTC) - timedelta(seconds=seconds_ago))


def follow(entity_id: str, seconds_ago: float) -> None:
    """Follow the creation of an entity some time after it was created."""
    item = {**crowd.entity(entity_id), "changedAt": moment(seconds_ago)}
    crowd.write([item])
    follower.follow([change(None, item)])


def age() -> int | None:
    return pages.page([LISTED], 0, 20).age


def test_a_total_is_as_old_as_the_changes_that_the_follower_gets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(follower, "SMALL_BATCH", 0)
    assert age() is None
    follow("new", 40)
    assert age() in {40, 41}


def test_a_follower_that_has_caught_up_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "SMALL_BATCH", 0)
    follow("new", 40)
    assert age() is not None
    monkeypatch.setattr(follower, "SMALL_BATCH", 250)
    follow("newer", 0)
    assert age() is None


def test_a_change_of_just_now_is_no_news(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "SMALL_BATCH", 0)
    follow("new", 0)
    assert age() is None


def test_what_the_follower_does_not_repeat_lapses() -> None:
    root = page_index_keys.root(LISTED.partition)
    noted = {"behindSince": moment(60), "behindAt": moment(lag.LAPSES_SECONDS + 5)}
    writes.execute(writes.update(root, noted))
    assert age() is None
    lag.note([LISTED.partition], moment(60))
    assert age() in {60, 61}
    lag.clear([LISTED.partition])
    assert age() is None


def test_a_list_without_page_index_is_never_behind() -> None:
    lag.note([keys.parents("other", ENTITY).partition], moment(60))
    assert pages.page([keys.parents("other", ENTITY)], 0, 20).age is None
