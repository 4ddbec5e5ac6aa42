"""Answers which sender a message leaves from.

A message names a platform (application and entity), a channel and a destination. Its pool, its
strategies and whether its application and entity exist are read in one call and kept for a second;
the chosen sender's association is then read consistently, so that a sender that was unlinked is
never the answer.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast

from provisioning.core.identities import Identity
from provisioning.core.kinds import APPLICATION, DEFAULT_APPLICATION, ENTITY
from provisioning.resources import associations, strategy_store
from provisioning.resources.sending_strategies import Platform, Strategy, applying
from provisioning.senders import numbers, pools
from provisioning.senders.pools import PoolItem
from provisioning.senders.selection import Candidates, Rule, Selection, Sender, candidates
from provisioning.table import keys, reads, sender_keys
from provisioning.table.items import Item

KEPT_SECONDS = 1.0
"""How long a process uses what it has read of a platform (wall-clock time)."""
KEPT_PLATFORMS = 100
"""Platforms that a process keeps."""
CHECKED_AT_ONCE = 3
"""Best senders whose associations are read, where the first was unlinked meanwhile."""

Reason = Literal[
    "REQUESTED",
    "STRATEGY",
    "NO_STRATEGY",
    "EMPTY_POOL",
    "APPLICATION_NOT_FOUND",
    "ENTITY_NOT_FOUND",
]
"""Why a sender was chosen, or why there is none."""


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes:
        channel: The channel of the message.
        platform: The application and the entity it names.
        requested: The sender it asks for; it is chosen if it is in the pool.
        seed: What tells messages to the same destination apart, for strategies that are not sticky.
        count: How many senders to name, best first.
    """

    channel: str
    platform: Platform
    requested: str | None = None
    seed: str = ""
    count: int = 1


@dataclass(frozen=True)
class Answer:
    """Which sender a message leaves from.

    Attributes:
        senders: The senders, the chosen one first; none where there is no sender.
        strategy_id: The strategy that applied, if any.
        reason: Why.
        pool_of: The platform whose pool it is: another one after a fallback.
        pool: The senders of the pool.
        rules: What each rule left of it.
    """

    senders: list[Sender]
    strategy_id: str | None
    reason: Reason
    pool_of: Platform
    pool: tuple[Sender, ...] = ()
    rules: tuple[Rule, ...] = ()


@dataclass
class Snapshot:
    """What was read of a platform.

    Attributes:
        missing: The reason why it has no senders, if its application or entity does not exist.
        strategies: The strategies that may apply.
        pool: Its senders.
        read_at: When it was read (seconds since 1970).
        selections: Pool and strategy together, by the strategy's id.
    """

    missing: Reason | None
    strategies: list[Strategy]
    pool: Candidates
    read_at: float
    selections: dict[str, Selection] = field(default_factory=dict)

    def selection(self, strategy: Strategy) -> Selection:
        """Return the pool with a strategy."""
        if strategy.strategy_id not in self.selections:
            self.selections[strategy.strategy_id] = Selection(self.pool, strategy)
        return self.selections[strategy.strategy_id]


_snapshots: dict[tuple[str, Platform, str], Snapshot] = {}


def resolve(account_id: str, question: Question, destinations: Sequence[str]) -> list[Answer]:
    """Return the sender for each destination.

    Args:
        account_id: The account.
        question: What is the same for all of them.
        destinations: Numbers in any usual spelling, or other addresses.

    Raises:
        ThrottledError, UnavailableError: The table could not be read.
    """
    answers = [_answer(account_id, question, to) for to in destinations]
    linked = _linked(account_id, question.channel, answers)
    return [
        _checked(account_id, question, to, answer, linked)
        for to, answer in zip(destinations, answers, strict=True)
    ]


def _answer(account_id: str, question: Question, to: str) -> Answer:
    """Return the answer by what is kept, best senders first, more than asked for."""
    destination = numbers.facts(to)
    own = _snapshot(account_id, question.platform, question.channel)
    strategy = applying(own.strategies, question.platform, question.channel, destination.country)
    strategy_id = strategy.strategy_id or None
    if own.missing is not None:
        return Answer([], strategy_id, own.missing, question.platform)
    platform, found = own_or_fallback(account_id, question, own, strategy)
    pool = tuple(one.sender for one in found.pool)
    if requested := _requested(question, pool):
        return Answer([requested], strategy_id, "REQUESTED", platform, pool)
    if not pool:
        return Answer([], strategy_id, "EMPTY_POOL", platform)
    selection = found.selection(strategy)
    key = _key(account_id, question, strategy, to)
    senders = selection.ranking(destination, key, question.count + CHECKED_AT_ONCE - 1)
    reason: Reason = "STRATEGY" if strategy_id else "NO_STRATEGY"
    return Answer(senders, strategy_id, reason, platform, pool, selection.rules(destination))


def own_or_fallback(
    account_id: str, question: Question, own: Snapshot, strategy: Strategy
) -> tuple[Platform, Snapshot]:
    """Return the first pool with a sender: the platform's own, or those the strategy falls back to."""
    if own.pool:
        return question.platform, own
    for platform in _fallbacks(question.platform, strategy):
        found = _snapshot(account_id, platform, question.channel)
        if found.pool and found.missing is None:
            return platform, found
    return question.platform, own


def _fallbacks(platform: Platform, strategy: Strategy) -> Iterator[Platform]:
    if strategy.fallback is not None and platform.entity_id is not None:
        yield Platform(platform.application_id or DEFAULT_APPLICATION)
    if strategy.fallback == "DEFAULT":
        yield Platform(DEFAULT_APPLICATION)


def _requested(question: Question, pool: Sequence[Sender]) -> Sender | None:
    """Return the sender that the message asks for, if the pool has it in any usual spelling."""
    if question.requested is None:
        return None
    exact = [one for one in pool if one.resource_id == question.requested]
    digits = numbers.canonical(question.requested)
    alike = (
        one
        for one in pool
        if one.resource_type == "NUMBER" and numbers.canonical(one.resource_id) == digits
    )
    return exact[0] if exact else next(alike, None)


def _key(account_id: str, question: Question, strategy: Strategy, to: str) -> str:
    """Return what the choice depends on: a sticky sender on the destination alone."""
    seed = "" if strategy.is_sticky else question.seed
    return "\n".join((account_id, question.channel, numbers.canonical(to), seed))


# --- checking the answer ----------------------------------------------------------------------


def _linked(account_id: str, channel: str, answers: Sequence[Answer]) -> set[Identity]:
    """Return which of the first senders of some answers are linked now, read consistently."""
    wanted = {_association(answer, channel, sender) for answer in answers for sender in answer.senders[:1]}
    return _present(account_id, wanted)


def _present(account_id: str, wanted: set[Identity]) -> set[Identity]:
    by_key = {associations.key_of(account_id, one): one for one in wanted}
    return {by_key[key] for key in reads.batch_get(by_key)}


def _checked(
    account_id: str, question: Question, to: str, answer: Answer, linked: set[Identity]
) -> Answer:
    """Return an answer without senders that are not linked any more."""
    if not answer.senders:
        return answer
    first = _association(answer, question.channel, answer.senders[0])
    if first in linked and question.count == 1:
        return _with(answer, answer.senders[:1])
    wanted = {_association(answer, question.channel, one) for one in answer.senders}
    present = _present(account_id, wanted)
    left = [one for one in answer.senders if _association(answer, question.channel, one) in present]
    if left:
        return _with(answer, left[: question.count])
    return _again(account_id, question, to)


def _again(account_id: str, question: Question, to: str) -> Answer:
    """Answer from the associations themselves: the pool that was kept is outdated."""
    _snapshots.clear()
    pools.read(account_id, question.platform, question.channel)
    answer = _answer(account_id, question, to)
    wanted = {_association(answer, question.channel, one) for one in answer.senders}
    present = _present(account_id, wanted)
    left = [one for one in answer.senders if _association(answer, question.channel, one) in present]
    return _with(answer, left[: question.count]) if left else Answer([], answer.strategy_id, "EMPTY_POOL", answer.pool_of)


def _with(answer: Answer, senders: list[Sender]) -> Answer:
    return Answer(senders, answer.strategy_id, answer.reason, answer.pool_of, answer.pool, answer.rules)


def _association(answer: Answer, channel: str, sender: Sender) -> Identity:
    platform = answer.pool_of
    return Identity(
        platform.application_id or DEFAULT_APPLICATION,
        sender.resource_type,
        channel,
        sender.resource_id,
        platform.entity_id,
    )


# --- what is kept of a platform ---------------------------------------------------------------


def _snapshot(account_id: str, platform: Platform, channel: str) -> Snapshot:
    """Return what is known of a platform, read again once it is ``KEPT_SECONDS`` old."""
    named = (account_id, platform, channel)
    known = _snapshots.get(named)
    if known is None or not 0 <= time.time() - known.read_at < KEPT_SECONDS:
        if len(_snapshots) >= KEPT_PLATFORMS:
            _snapshots.clear()
        known = _snapshots[named] = _read(account_id, platform, channel)
    return known


def _read(account_id: str, platform: Platform, channel: str) -> Snapshot:
    began = time.time()
    application_id = platform.application_id or DEFAULT_APPLICATION
    parent_keys = {keys.parent(account_id, APPLICATION, application_id): (APPLICATION, application_id)}
    if platform.entity_id is not None:
        parent_keys[keys.parent(account_id, ENTITY, platform.entity_id)] = (ENTITY, platform.entity_id)
    strategy_keys = [
        sender_keys.platform_strategies(account_id, application, entity)
        for application in {platform.application_id, None}
        for entity in {platform.entity_id, None}
    ]
    pool_key = pools.key(account_id, platform, channel)
    found = reads.batch_get([*parent_keys, *strategy_keys, pool_key], consistent=False)
    present = {parent_keys[key]: item for key, item in found.items() if key in parent_keys}
    strategies = [
        strategy
        for key in strategy_keys
        for strategy in strategy_store.live(found.get(key, {}), present)
    ]
    missing = _missing(platform, present)
    pool = [] if missing else _pool(account_id, platform, channel, found.get(pool_key, {}))
    return Snapshot(missing, strategies, candidates(pool), began)


def _missing(platform: Platform, present: dict[strategy_store.Parent, Item]) -> Reason | None:
    application_id = platform.application_id
    if application_id not in {None, *APPLICATION.built_in} and (APPLICATION, application_id) not in present:
        return "APPLICATION_NOT_FOUND"
    if platform.entity_id is not None and (ENTITY, platform.entity_id) not in present:
        return "ENTITY_NOT_FOUND"
    return None


def _pool(account_id: str, platform: Platform, channel: str, item: Item) -> list[Sender]:
    stored = cast("PoolItem", item)
    if pools.is_fresh(stored):
        return pools.senders(stored)
    return pools.read(account_id, platform, channel)
