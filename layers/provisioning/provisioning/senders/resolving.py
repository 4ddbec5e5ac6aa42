"""Answers which sender a message leaves from.

A message names a platform (application and entity), a channel and a destination. Its pool, its
strategies and whether its application and entity exist are read in one call and kept for a
moment; the chosen sender's association is then read consistently, so that a sender that was
unlinked is never the answer.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

from provisioning.accounts.restrictions import Binding
from provisioning.core.errors import ThrottledError
from provisioning.core.identities import Identity
from provisioning.core.kinds import APPLICATION, DEFAULT_APPLICATION, ENTITY, VALID_CHANNELS, Kind
from provisioning.core.spellings import canonical, digits, preference
from provisioning.resources.association_items import stored_generations
from provisioning.resources.sending_strategies import Platform, Strategy, applying
from provisioning.senders import numbers, pools, snapshots
from provisioning.senders.questions import Asked, Question, Reason
from provisioning.senders.selection import Candidates, Rule, Sender
from provisioning.senders.snapshots import Pool, Snapshot
from provisioning.table import keys, reads

SPARE_SENDERS = 2
"""Next best senders that are checked if the chosen one was unlinked meanwhile."""
ATTEMPTS = 5
"""Attempts to answer while pools turn out to be outdated: a message has at most three."""


@dataclass(frozen=True)
class Answer:
    """Which sender a message leaves from.

    Attributes:
        senders: The senders, the chosen one first; none where there is no sender.
        strategy_id: The strategy that applied, if any, and if the API key may know.
        reason: Why.
        pool_of: The platform whose pool it is: another one after a fallback.
        pool: The senders of the pool.
        rules: What each rule left of it.
    """

    senders: list[Sender]
    strategy_id: str | None
    reason: Reason
    pool_of: Platform
    pool: Candidates = ()
    rules: tuple[Rule, ...] = ()

    def members(self, count: int) -> dict[str, Any]:
        """Return the answer as clients see it, with alternatives if more than one was asked for."""
        senders = [one.members() for one in self.senders]
        shown = {
            "sender": senders[0] if senders else None,
            "sendingStrategyId": self.strategy_id,
            "reason": self.reason,
        }
        return shown | ({"alternatives": senders[1:]} if count > 1 else {})


def resolve(account_id: str, asked: Sequence[Asked]) -> list[Answer]:
    """Return the sender of each message.

    Args:
        account_id: The account.
        asked: Questions, each with a destination: a number in any usual spelling, or another
            address.

    Raises:
        ThrottledError: The pools kept changing, or the table was throttled.
        UnavailableError: The table could not be read or written.
    """
    checked: dict[int, Answer] = {}
    newly_linked = cache(partial(_newly_linked, account_id))
    for _ in range(ATTEMPTS):
        pending = {
            number: _answer(account_id, question, to, newly_linked)
            for number, (question, to) in enumerate(asked)
            if number not in checked
        }
        checked |= _checked(account_id, asked, pending)
        outdated = {
            (answer.pool_of, asked[number][0].channel)
            for number, answer in pending.items()
            if number not in checked
        }
        if not outdated:
            return [checked[number] for number in range(len(asked))]
        for platform, channel in outdated:
            pools.read(account_id, platform, channel)
        snapshots.forget()
    raise ThrottledError(reason="the pools of senders changed during each attempt")


_Stored = frozenset[tuple[str, str]]
_NewlyLinked = Callable[[Question, _Stored], Sender | None]


def _answer(account_id: str, question: Question, to: str, newly_linked: _NewlyLinked) -> Answer:
    """Return the answer by what is kept, best senders first, more than asked for."""
    destination = numbers.facts(to)
    own = snapshots.of_platform(account_id, question.platform, question.channel)
    strategies = [one for one in own.strategies if one.applies_for(question.binding)]
    strategy = applying(strategies, question.platform, question.channel, destination.country)
    strategy_id = _shown_id(strategy, question.binding)
    if own.missing is not None and _is_visible(own.missing, question):
        return Answer([], strategy_id, _NOT_FOUND[own.missing], question.platform)
    platform, pool = _own_or_fallback(account_id, question, own, strategy)
    if question.requested and (requested := pool.spelled(question.requested)):
        return Answer([requested], strategy_id, "REQUESTED", platform, pool.candidates)
    if own.missing is None and (requested := newly_linked(question, own.generations)):
        return Answer([requested], strategy_id, "REQUESTED", question.platform, own.pool.candidates)
    if not pool.candidates:
        return Answer([], strategy_id, "EMPTY_POOL", platform)
    selection = pool.selection(strategy)
    key = _key(account_id, question, strategy, to)
    senders = selection.ranking(destination, key, question.count + SPARE_SENDERS)
    reason: Reason = "STRATEGY" if strategy.strategy_id else "NO_STRATEGY"
    rules = selection.rules(destination)
    return Answer(senders, strategy_id, reason, platform, pool.candidates, rules)


def _newly_linked(account_id: str, question: Question, generations: _Stored) -> Sender | None:
    """Return the sender that a message asks for, if it was linked after the pool was read.

    It must store the generations of the present application and entity: one of a deleted namesake,
    which has yet to be moved, is perhaps another tenant's.
    """
    if not question.requested:
        return None
    asked = question.requested
    number = digits(asked)
    wanted = {
        keys.association(account_id, association): Sender(kind, association.resource_id)
        for kind, channels in VALID_CHANNELS.items()
        if question.channel in channels
        for spelled in ({asked, number, f"+{number}"} if kind == "NUMBER" and number else {asked})
        for association in [_association(question.platform, question.channel, kind, spelled)]
    }
    found = [
        wanted[key]
        for key, item in reads.batch_get(wanted).items()
        if stored_generations(item).items() == generations
    ]
    return min(found, key=lambda one: preference(one.resource_id, asked), default=None)


_NOT_FOUND: Mapping[Kind, Reason] = {
    APPLICATION: "APPLICATION_NOT_FOUND",
    ENTITY: "ENTITY_NOT_FOUND",
}


def _shown_id(strategy: Strategy, binding: Binding) -> str | None:
    """Return the id of a strategy, if an API key covers all messages that it is for."""
    if not strategy.strategy_id or not strategy.is_within(binding):
        return None
    return strategy.strategy_id


def _is_visible(missing: Kind, question: Question) -> bool:
    """Return whether an API key may know that the application or the entity does not exist.

    To others it looks as if it existed and nothing were linked to it.
    """
    named = question.platform.application_id or DEFAULT_APPLICATION
    identifier = named if missing is APPLICATION else question.platform.entity_id
    return identifier is not None and question.binding.sees(missing, identifier)


def _own_or_fallback(
    account_id: str, question: Question, own: Snapshot, strategy: Strategy
) -> tuple[Platform, Pool]:
    """Return the first pool with a sender: the platform's own, else those of the fallback.

    A restricted API key gets no senders of a pool that its binding does not cover.
    """
    if own.pool.candidates:
        return question.platform, own.pool
    for platform in _fallbacks(question.platform, strategy):
        application_id = platform.application_id or DEFAULT_APPLICATION
        if not question.binding.covers(application_id, None):
            continue
        found = snapshots.of_platform(account_id, platform, question.channel)
        if found.pool.candidates:
            return platform, found.pool
    return question.platform, own.pool


def _fallbacks(platform: Platform, strategy: Strategy) -> Iterator[Platform]:
    if strategy.fallback is not None and platform.entity_id is not None:
        yield Platform(platform.application_id or DEFAULT_APPLICATION)
    if strategy.fallback == "DEFAULT":
        yield Platform(DEFAULT_APPLICATION)


def _key(account_id: str, question: Question, strategy: Strategy, to: str) -> str:
    """Return what the choice depends on: a sticky sender on the destination alone."""
    seed = "" if strategy.is_sticky else question.seed
    return "\n".join((account_id, question.channel, canonical(to), seed))


# --- checking the answer ----------------------------------------------------------------------


def _checked(
    account_id: str, asked: Sequence[Asked], answers: Mapping[int, Answer]
) -> dict[int, Answer]:
    """Return the answers of which a sender is linked now, with only the senders that are.

    An answer without sender needs no check.
    """
    named = {
        number: _associations(one, asked[number][0].channel) for number, one in answers.items()
    }
    first = {number: several[: asked[number][0].count] for number, several in named.items()}
    present = _present(account_id, {one for several in first.values() for one in several})
    short = [number for number, several in first.items() if not present.issuperset(several)]
    if short:
        present |= _present(account_id, {one for number in short for one in named[number]})
    found: dict[int, Answer] = {}
    for number, answer in answers.items():
        pairs = zip(answer.senders, named[number], strict=True)
        left = [sender for sender, association in pairs if association in present]
        if left or not answer.senders:
            found[number] = replace(answer, senders=left[: asked[number][0].count])
    return found


def _present(account_id: str, wanted: Iterable[Identity]) -> set[Identity]:
    """Return which of some associations exist, read consistently."""
    by_key = {keys.association(account_id, one): one for one in wanted}
    return {by_key[key] for key in reads.batch_get(by_key)}


def _associations(answer: Answer, channel: str) -> list[Identity]:
    return [_association(answer.pool_of, channel, *one) for one in answer.senders]


def _association(
    platform: Platform, channel: str, resource_type: str, resource_id: str
) -> Identity:
    application_id = platform.application_id or DEFAULT_APPLICATION
    return Identity(application_id, resource_type, channel, resource_id, platform.entity_id)
