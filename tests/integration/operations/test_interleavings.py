"""Clients, operations and the stream in any interleaving that Hypothesis generates."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from provisioning.core.errors import ConflictError, NotFoundError
from provisioning.core.identities import Identity
from provisioning.core.kinds import APPLICATION, ENTITY, Kind
from provisioning.operations.deletions import DeleteOptions
from provisioning.operations.target import Target
from provisioning.table.primary_keys import Key
from tests.support.call_faults import FAULTS, Trouble
from tests.support.effects import expect_effect_of_success, expect_effects_of_linking
from tests.support.seeding import association
from tests.support.world import World

EXAMPLES = int(os.environ.get("OPERATION_EXAMPLES", "12"))
"""Courses of events tried in one run; a thousand take about 40 minutes."""

PARENTS = [(APPLICATION, "a"), (APPLICATION, "b"), (ENTITY, "e"), (ENTITY, "f")]

parents = st.sampled_from(PARENTS)
associations = st.builds(
    association,
    st.sampled_from(["a", "b", "default"]),
    st.sampled_from([None, "e", "f"]),
    st.sampled_from("123"),
)
filters: st.SearchStrategy[dict[str, str | None]] = st.sampled_from(
    [
        {"applicationId": "a"},
        {"applicationId": "default"},
        {"entityId": "e"},
        {"entityId": None},
        {"resourceId": "2"},
        {"applicationId": "b", "entityId": "f"},
    ]
)
targets = st.builds(
    Target,
    st.sampled_from([None, "a", "b", "default"]),
    st.sampled_from([None, "e"]),
    st.booleans(),
).filter(lambda target: target.application_id is not None or not target.keeps_entity)
places = st.integers(0, 1000)
"""Picks one of however many there are."""
actions = st.one_of(
    st.tuples(st.just("link"), associations),
    st.tuples(st.just("unlink"), associations),
    st.tuples(st.just("create"), parents),
    st.tuples(st.just("delete"), parents),
    st.tuples(st.just("renew"), parents),
    st.tuples(st.just("reset"), parents),
    st.tuples(st.just("deliver"), places),
    st.tuples(st.just("repeat"), places),
)
troubles = st.one_of(
    st.none(),
    st.tuples(st.integers(0, 8), st.sampled_from(sorted(FAULTS))),
    st.tuples(st.integers(0, 8), actions),
)


class Interleavings(RuleBasedStateMachine):
    """One account with few parents and resources, so that all of it keeps colliding."""

    new_world: Callable[[], World]
    world: World
    records_lost = False

    @initialize()
    def begin(self) -> None:
        self.world = self.new_world()
        for kind, identifier in PARENTS:
            self.world.create(kind, identifier)

    def trouble(self, drawn: tuple[int, Any] | None) -> AbstractContextManager[None]:
        """Let the calls within meet what was drawn."""
        if drawn is None:
            return nullcontext()
        at, what = drawn
        if isinstance(what, str):
            return self.world.meeting(Trouble.of(at, what))
        return self.world.meeting(self.world.meanwhile(at, lambda: self.happen(*what)))

    def happen(self, action: str, about: Any) -> None:
        """Let something happen in the middle of something else."""
        ways: dict[str, Callable[[Any], object]] = {
            "link": self.world.link,
            "unlink": self.world.unlink,
            "create": lambda parent: self.world.create(*parent),
            "delete": lambda parent: self.world.delete(*parent),
            "renew": self.renew,
            "reset": self.reset,
            "deliver": self.deliver_within,
            "repeat": self.repeat_within,
        }
        ways[action](about)

    def renew(self, parent: tuple[Kind, str]) -> None:
        """Delete a parent, and link to a new one of the same id."""
        kind, identifier = parent
        self.world.delete(kind, identifier)
        self.world.create(kind, identifier)
        for number in "123":
            if kind is APPLICATION:
                self.world.link(association(identifier, None, number))
            else:
                self.world.link(association(entity_id=identifier, resource_id=number))

    def reset(self, parent: tuple[Kind, str]) -> None:
        """Delete a parent, and carry out all resets that are due."""
        self.world.delete(*parent)
        while work := self.work():
            self.world.deliver_within(work[0])

    def deliver_within(self, place: int) -> None:
        if heads := self.world.deliveries.heads:
            self.world.deliver_within(heads[place % len(heads)])

    def repeat_within(self, place: int) -> None:
        if past := self.world.deliveries.delivered:
            self.world.handle_within(past[place % len(past)])

    # --- clients --------------------------------------------------------------------------------

    @rule(parent=parents, drawn=troubles)
    def create(self, parent: tuple[Kind, str], drawn: Any) -> None:
        with self.trouble(drawn):
            self.world.create(*parent)

    @rule(parent=parents, drawn=troubles)
    def delete(self, parent: tuple[Kind, str], drawn: Any) -> None:
        with self.trouble(drawn):
            self.world.delete(*parent)

    @rule(parent=parents)
    def create_again(self, parent: tuple[Kind, str]) -> None:
        self.renew(parent)

    @rule(given=associations, drawn=troubles)
    def link(self, given: Identity, drawn: Any) -> None:
        ledger, key = self.world.ledger, self.world.key(given)
        standing = ledger.existing.get(key)
        with self.trouble(drawn):
            outcome = self.world.link(given)
        moved = expect_effects_of_linking(outcome)
        if drawn is not None:
            return
        if standing is not None and not ledger.is_stale(standing):
            assert isinstance(outcome.error, ConflictError)
        elif outcome.error is not None:
            assert isinstance(outcome.error, NotFoundError)
        elif standing is not None:
            assert moved[-1].removed == {key: standing}
            return
        assert moved == []

    @rule(application_id=st.sampled_from("ab"), entity_id=st.sampled_from([None, "e"]))
    def link_many(self, application_id: str, entity_id: str | None) -> None:
        for number in range(10, 22):
            self.world.link(association(application_id, entity_id, str(number)))

    @rule(given=associations, drawn=troubles)
    def unlink(self, given: Identity, drawn: Any) -> None:
        exists = self.world.key(given) in self.world.ledger.existing
        with self.trouble(drawn):
            outcome = self.world.unlink(given)
        expect_effect_of_success(outcome)
        if drawn is None:
            assert (outcome.error is None) == exists

    @rule(wanted=filters, to=targets, drawn=troubles)
    def reassign(self, wanted: dict[str, str | None], to: Target, drawn: Any) -> None:
        with self.trouble(drawn):
            self.world.reassign(wanted, to)

    @rule(parent=parents, to=targets)
    def delete_and_reassign(self, parent: tuple[Kind, str], to: Target) -> None:
        kind, identifier = parent
        if (kind, identifier) not in to.parents() and not to.keeps_entity:
            self.world.delete(kind, identifier, DeleteOptions("reassign", to))

    @rule(parent=parents)
    def delete_unless_linked(self, parent: tuple[Kind, str]) -> None:
        linked = self.world.ledger.linked(*parent)
        outcome = self.world.delete(*parent, DeleteOptions("refuse"))
        assert not linked or outcome.error is not None

    @rule(parent=parents, protected=st.booleans())
    def protect(self, parent: tuple[Kind, str], protected: bool) -> None:  # noqa: FBT001
        self.world.protect(*parent, protected=protected)
        deleted = self.world.delete(*parent) if protected else None
        assert deleted is None or deleted.error is not None
        self.world.protect(*parent, protected=False)

    @rule(place=places, drawn=troubles)
    def undo(self, place: int, drawn: Any) -> None:
        if made := self.world.operations():
            with self.trouble(drawn):
                self.world.undo(made[place % len(made)])

    @rule(place=places)
    def cancel(self, place: int) -> None:
        if made := self.world.operations():
            self.world.cancel(made[place % len(made)])

    @rule(place=places)
    def resume(self, place: int) -> None:
        if made := self.world.operations():
            self.world.resume(made[place % len(made)])

    # --- the stream -----------------------------------------------------------------------------

    @precondition(lambda self: self.work())
    @rule(place=places, drawn=troubles)
    def deliver_work(self, place: int, drawn: Any) -> None:
        work = self.work()
        with self.trouble(drawn):
            delivered = self.world.deliver(work[place % len(work)])
        assert delivered or drawn is not None

    @precondition(lambda self: self.links())
    @rule(place=places, drawn=troubles)
    def deliver_link(self, place: int, drawn: Any) -> None:
        links = self.links()
        with self.trouble(drawn):
            delivered = self.world.deliver(links[place % len(links)])
        assert delivered or drawn is not None

    @precondition(lambda self: self.world.deliveries.delivered)
    @rule(place=places, drawn=troubles)
    def deliver_again(self, place: int, drawn: Any) -> None:
        past = self.world.deliveries.delivered
        with self.trouble(drawn):
            self.world.handle(past[place % len(past)])

    @precondition(lambda self: self.work())
    @rule(place=places)
    def lose_work(self, place: int) -> None:
        """A record that always failed goes to the dead letters."""
        work = self.work()
        self.world.deliveries.take(work[place % len(work)])
        self.records_lost = True

    def work(self) -> list[Key]:
        """Return the shards that a record is on its way for."""
        return [key for key in self.world.deliveries.heads if "#ASSOCIATION" not in key.partition]

    def links(self) -> list[Key]:
        """Return the associations that a record is on its way for."""
        return [key for key in self.world.deliveries.heads if "#ASSOCIATION" in key.partition]

    @rule()
    def revive(self) -> None:
        self.world.revive()

    @rule()
    def rest(self) -> None:
        self.world.deliver_all()
        if self.records_lost:
            while self.world.revive():
                self.world.deliver_all()
        self.records_lost = False
        self.world.expect_rest()
        for kind, identifier in PARENTS:
            self.world.expect_impact(kind, identifier)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.rest()


def test_whatever_happens_in_whatever_order_all_converges_and_nothing_is_lost(
    new_world: Callable[[], World], small_slices: None, no_pauses: None
) -> None:
    class InNewTables(Interleavings):
        pass

    InNewTables.new_world = staticmethod(new_world)
    run_state_machine_as_test(
        InNewTables,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=40,
            suppress_health_check=list(HealthCheck),
        ),
    )
