"""An account whose page indexes several workers update, in a table in memory.

Writers, followers of the stream, rebuilds and readers take turns at every call. Records arrive
late, twice and in any batch, and a worker can die between any two calls. The result is compared
with a plain sorted list of the items.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from provisioning.core import identities, ids
from provisioning.core.errors import ConflictError, NotFoundError, ThrottledError
from provisioning.core.identities import Identity
from provisioning.core.kinds import APPLICATION, ENTITY, VALID_CHANNELS
from provisioning.paging import page_index, pages
from provisioning.projections import consistency, follower
from provisioning.resources import associations, queries
from provisioning.table import items, keys, writes
from provisioning.table.items import Item
from provisioning.table.primary_keys import KeyRange
from provisioning.table.stream_records import StreamRecord
from tests.support import crowd
from tests.support.crowd import ACCOUNT, Model
from tests.support.memory import Memory
from tests.support.scheduler import Scheduler
from tests.support.stream_feed import Feed

T = TypeVar("T")
Work = Callable[[], None]
ENTITIES = keys.parents(ACCOUNT, ENTITY)
LINKS = keys.associations(ACCOUNT)
_PAIRS = [(kind, channel) for kind, channels in VALID_CHANNELS.items() for channel in channels]
_APPLICATIONS = ("default", "shop", "shop#1")
_HOLDERS = (None, "everybody", "a/\U0001f600")
_FILTERS: tuple[dict[str, Any], ...] = (
    {},
    {"applicationId": "shop"},
    {"entityId": "everybody"},
    {"entityId": "everybody", "applicationId": "default"},
    {"resourceType": "NUMBER"},
    {"channel": "SMS"},
    {"resourceId": "hot"},
    {"entityId": None},
)
_IN_A_ROW = 0.5
_WITH_REBUILDS = 0.3
_TAILS = "abcdefgh\U0010ffff"


def any_id(chance: random.Random) -> str:
    """Return an id: of many or few, plain or strange, short or as long as one can be."""
    draws: tuple[Callable[[], str], ...] = (
        lambda: f"{chance.randrange(100):02}",
        lambda: f"{chance.randrange(100):02}",
        lambda: "".join(chance.choices("abé\U0001f600\U0010ffff", k=chance.randint(1, 4))),
        lambda: "".join(chr(chance.randrange(0x20, 0x7F)) for _ in range(chance.randint(1, 3))),
        lambda: "x" * 250 + chance.choice(_TAILS),
        lambda: "\U0010ffff" * 254 + chance.choice(_TAILS),
    )
    return chance.choice(draws)()


class Account:
    """The account and all who work on it."""

    def __init__(self, memory: Memory, seed: int) -> None:
        self.chance = random.Random(seed)
        self._memory = memory
        self._feed = Feed()
        self._writers = self.chance.choice(
            (
                (self._entities_come, self._entities_go),
                (self._links_come, self._links_go),
                (self._entities_come, self._links_come, self._entities_go, self._links_go),
            )
        )
        memory.page = self.chance.choice((5, 20, 1000))
        for application_id in _APPLICATIONS[1:]:
            writes.execute(writes.put(_application(application_id)))
        crowd.write([crowd.entity(entity_id) for entity_id in _HOLDERS if entity_id is not None])

    # --- those who work ------------------------------------------------------------------------

    def work(self) -> None:
        """Let some do what they do, a few side by side."""
        workers = (*self._writers, *[self._follow] * 6, self._read)
        if self.chance.random() < _WITH_REBUILDS:
            workers += (self._rebuild,)
        self._side_by_side(self.chance.choices(workers, k=self._some(40)))

    def come_to_rest(self) -> None:
        """Deliver, to a few at a time, everything that is on its way."""
        self._listen()
        while self._feed.pending:
            self._side_by_side([self._follow] * self._some(4))
            self._listen()

    def _side_by_side(self, work: list[Work]) -> None:
        """Do work in scheduler that change often or seldom; each may die at any pause, or none."""
        deaths = self.chance.choice((0, 0, 0.03))
        scheduler = Scheduler(
            self.chance, changes=self.chance.choice((0.03, 0.1, 0.3, 1)), deaths=deaths
        )
        self._memory.pause = scheduler.pause
        self._memory.doubled = lambda: self.chance.random() < deaths
        scheduler.run([partial(_tolerant, one) for one in work], self._some(5))
        self._memory.pause, self._memory.doubled = lambda: None, lambda: False

    def _some(self, most: int) -> int:
        return self.chance.randint(1, most)

    def _some_of(self, standing: list[T]) -> list[T]:
        """Return any existing items, or consecutive ones, which empties their blocks."""
        count = self.chance.randint(0, len(standing))
        if self.chance.random() < _IN_A_ROW:
            first = self.chance.randint(0, len(standing) - count)
            return standing[first : first + count]
        return self.chance.sample(standing, count)

    def _entities_come(self) -> None:
        first = self.chance.randrange(100)
        in_order = [f"{number:03}" for number in range(first, first + self._some(30))]
        at_random = [any_id(self.chance) for _ in range(self._some(12))]
        made = map(crowd.entity, set(self.chance.choice((in_order, at_random))))
        writes.batch_write(list(made), [])

    def _entities_go(self) -> None:
        gone = self._some_of(self._memory.items(ENTITIES.partition))
        spared = {crowd.entity(entity_id)["SK"] for entity_id in _HOLDERS if entity_id is not None}
        writes.batch_write([], [items.key_of(item) for item in gone if item["SK"] not in spared])

    def _links_come(self) -> None:
        for _ in range(self._some(12)):
            with suppress(ConflictError):
                associations.create(ACCOUNT, self._any_association())

    def _any_association(self) -> Identity:
        resource_type, channel = self.chance.choice(_PAIRS[:6])
        return Identity(
            resource_type=resource_type,
            channel=channel,
            application_id=self.chance.choice(_APPLICATIONS),
            entity_id=self.chance.choice(_HOLDERS),
            resource_id=self.chance.choice(("hot", any_id(self.chance))),
        )

    def _links_go(self) -> None:
        for gone in self._some_of(self._standing()):
            with suppress(NotFoundError):
                associations.delete(ACCOUNT, gone)

    def _follow(self) -> None:
        self._listen()
        batch = self._feed.batch(self._some(20), self.chance, again=self.chance.randrange(2))
        follower.follow(batch)
        self._feed.acknowledge(batch)

    def _listen(self) -> None:
        """Take what the stream has, and the function's filter lets through."""
        for record in map(StreamRecord, self._memory.stream):
            # A repair must not hide that a page index broke by itself.
            assert record.item.get("state") != page_index.CLEARING
            if _is_followed(record):
                self._feed.add(record)
        self._memory.stream.clear()

    def _rebuild(self) -> None:
        consistency.rebuild(ACCOUNT)

    def _read(self) -> None:
        """Read a page while others write: whatever it holds is in order, and nothing is twice."""
        page = pages.page([ENTITIES], self.chance.randrange(4), 10)
        found = [item["SK"] for item in page.items]
        assert found == sorted(set(found))

    # --- what came of it -------------------------------------------------------------------------

    def check_counts(self) -> None:
        """Assert that nothing is wrong."""
        assert list(consistency.differences(ACCOUNT)) == []

    def check_pages(self) -> None:
        """Assert that pages are those of sorted lists."""
        self._check_ranges([ENTITIES], range(1, 100))
        self._check_ranges(self._drawn_ranges(), (7,))
        model = Model(self._standing())
        for filters in self.chance.sample(_FILTERS, 4):
            self._check_filters(filters, model.expected(filters))

    def _standing(self) -> list[Identity]:
        return [identities.of(item) for item in self._memory.items(LINKS.partition)]

    def _drawn_ranges(self) -> list[KeyRange]:
        """Return a few ranges of entities, in order, that begin and end where no key is."""
        known = [item["SK"] for item in self._memory.items(ENTITIES.partition)]
        places = {*self.chance.sample(known, min(6, len(known))), "0", "5", "z"}
        bounds = [f"{place}!" for place in sorted(places)]
        pairs = zip(bounds[::2], bounds[1::2], strict=False)
        return [KeyRange(ENTITIES.partition, first, last) for first, last in pairs]

    def _check_ranges(self, ranges: list[KeyRange], sizes: Iterable[int]) -> None:
        model = list(self._within(ranges))
        size = self.chance.choice(list(sizes))
        for number in range(len(model) // size + 2):
            page = pages.page(ranges, number, size)
            assert [item["SK"] for item in page.items] == model[number * size :][:size]
            assert page.total == len(model)

    def _within(self, ranges: list[KeyRange]) -> Iterator[str]:
        for item in self._memory.items(ENTITIES.partition):
            for each in ranges:
                first, last = each.first, each.last
                if (first is None or first <= item["SK"]) and (last is None or item["SK"] <= last):
                    yield item["SK"]

    def _check_filters(self, filters: dict[str, Any], expected: list[dict[str, Any]]) -> None:
        size = self._some(12)
        for number in {0, len(expected) // size // 2, len(expected) // size}:
            page = queries.page(ACCOUNT, crowd.query(filters, number, size))
            assert crowd.shown(page.items) == expected[number * size :][:size], filters
            assert page.total == len(expected)


def _tolerant(work: Work) -> None:
    """Do work that may fail because others are in its way."""
    with suppress(ConflictError, NotFoundError, ThrottledError):
        work()


def _application(identifier: str) -> Item:
    key = items.key_attributes(keys.parent(ACCOUNT, APPLICATION, identifier))
    return key | {"type": "application", "id": identifier, "generation": ids.new_id()}


def _is_followed(change: StreamRecord) -> bool:
    """Return whether the event source of the function lets a change through (template.yaml)."""
    kind = change.item.get("type")
    if kind == "pageIndex":
        return change.new is not None and change.new.get("awake") is True
    ends = change.old is None or change.new is None
    return ends and kind in follower.COUNTED
