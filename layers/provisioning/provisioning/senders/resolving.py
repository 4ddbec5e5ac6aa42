"""Answers which sender a message leaves from.

A message names a platform (application and entity), a channel and a destination. Its pool, its
strategies and whether its application and entity exist are read in one call and kept for a second;
the chosen sender's association is then read consistently, so that a sender that was unlinked is
never the answer.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from provisioning.accounts.restrictions import OPEN, Binding
from provisioning.core.errors import ThrottledError
from provisioning.core.identities import Identity
from provisioning.core.kinds import APPLICATION, DEFAULT_APPLICATION, ENTITY
from provisioning.resources import association_items
from provisioning.resources.sending_strategies import Platform, Strategy, applying
from provisioning.senders import numbers, pools, snapshots
from provisioning.senders.selection import Rule, Sender
from provisioning.senders.snapshots import Reason, Snapshot
from provisioning.senders.spellings import canonical
from provisioning.table import reads

SPARE_SENDERS = 2
"""Next best senders that are checked if the chosen one was unlinked meanwhile."""
ATTEMPTS = 5
"""Attempts to answer while pools turn out to be outdated: a message has at most three."""


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes:
        channel: The channel of the message.
        platform: The application and the entity it names.
        requested: The sender it asks for; it is chosen if it is in the pool.
        seed: What tells messages to the same destination apart, for strategies that are not sticky.
        count: How many senders to name, best first.
        binding: The restriction of the API key that asks: the answer tells nothing of what the key
            may not see.
    """

    channel: str
    platform: Platform
    requested: str | None = None
    seed: str = ""
    count: int = 1
    binding: Binding = OPEN

    def may_see(self, platform: Platform) -> bool:
        """Return whether the API key may see the application and the entity of a platform."""
        named = ((APPLICATION, platform.application_id), (ENTITY, platform.entity_id))
        return all(
            self.binding.sees(kind, identifier)
            for kind, identifier in named
            if identifier is not None and identifier not in kind.built_in
        )


@dataclass(frozen=True)
class Answer:
    """Which sender a message leaves from.

    Attributes:
        senders: The senders, the chosen one first; none where there is no sender.
        strategy_id: The strategy that applied, if any, and the API key may see its platform.
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


def resolve(account_id: str, question: Question, destinations: Sequence[str]) -> list[Answer]:
    """Return the sender for each destination.

    Args:
        account_id: The account.
        question: What is the same for all of them.
        destinations: Numbers in any usual spelling, or other addresses.

    Raises:
        ThrottledError: The pools kept changing, or the table was throttled.
        UnavailableError: The table could not be read or written.
    """
    checked: dict[int, Answer] = {}
    for _ in range(ATTEMPTS):
        pending = {
            number: _answer(account_id, question, to)
            for number, to in enumerate(destinations)
            if number not in checked
        }
        checked |= _checked(account_id, question, pending)
        outdated = {answer.pool_of for number, answer in pending.items() if number not in checked}
        if not outdated:
            return [checked[number] for number in range(len(destinations))]
        for platform in outdated:
            pools.read(account_id, platform, question.channel)
        snapshots.forget()
    raise ThrottledError


def _answer(account_id: str, question: Question, to: str) -> Answer:
    """Return the answer by what is kept, best senders first, more than asked for."""
    destination = numbers.facts(to)
    own = snapshots.of_platform(account_id, question.platform, question.channel)
    strategy = applying(own.strategies, question.platform, question.channel, destination.country)
    may_see_strategy = question.may_see(strategy.platform)
    strategy_id = (strategy.strategy_id or None) if may_see_strategy else None
    if own.missing is not None and question.may_see(question.platform):
        return Answer([], strategy_id, own.missing, question.platform)
    platform, found = _own_or_fallback(account_id, question, own, strategy)
    pool = tuple(one.sender for one in found.pool)
    if requested := _requested(question, pool):
        return Answer([requested], strategy_id, "REQUESTED", platform, pool)
    if not pool:
        return Answer([], strategy_id, "EMPTY_POOL", platform)
    selection = found.selection(strategy)
    key = _key(account_id, question, strategy, to)
    senders = selection.ranking(destination, key, question.count + SPARE_SENDERS)
    reason: Reason = "STRATEGY" if strategy_id else "NO_STRATEGY"
    rules = selection.rules(destination) if may_see_strategy else ()
    return Answer(senders, strategy_id, reason, platform, pool, rules)


def _own_or_fallback(
    account_id: str, question: Question, own: Snapshot, strategy: Strategy
) -> tuple[Platform, Snapshot]:
    """Return the first pool with a sender: the platform's own, else those of the fallback."""
    if own.pool:
        return question.platform, own
    for platform in _fallbacks(question.platform, strategy):
        application_id = platform.application_id or DEFAULT_APPLICATION
        if not question.binding.covers(application_id, platform.entity_id):
            continue
        found = snapshots.of_platform(account_id, platform, question.channel)
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
    digits = canonical(question.requested)
    alike = (
        one
        for one in pool
        if one.resource_type == "NUMBER" and canonical(one.resource_id) == digits
    )
    return exact[0] if exact else next(alike, None)


def _key(account_id: str, question: Question, strategy: Strategy, to: str) -> str:
    """Return what the choice depends on: a sticky sender on the destination alone."""
    seed = "" if strategy.is_sticky else question.seed
    return "\n".join((account_id, question.channel, canonical(to), seed))


# --- checking the answer ----------------------------------------------------------------------


def _checked(
    account_id: str, question: Question, answers: Mapping[int, Answer]
) -> dict[int, Answer]:
    """Return the answers of which a sender is linked now, with only the senders that are.

    An answer without sender needs no check.
    """
    named = {number: _associations(one, question.channel) for number, one in answers.items()}
    count = question.count
    present = _present(account_id, {one for several in named.values() for one in several[:count]})
    short = [several for several in named.values() if not present.issuperset(several[:count])]
    if short:
        present |= _present(account_id, {one for several in short for one in several[count:]})
    found: dict[int, Answer] = {}
    for number, answer in answers.items():
        pairs = zip(answer.senders, named[number], strict=True)
        left = [sender for sender, association in pairs if association in present]
        if left or not answer.senders:
            found[number] = replace(answer, senders=left[:count])
    return found


def _present(account_id: str, wanted: Iterable[Identity]) -> set[Identity]:
    """Return which of some associations exist, read consistently."""
    by_key = {association_items.key_of(account_id, one): one for one in wanted}
    return {by_key[key] for key in reads.batch_get(by_key)}


def _associations(answer: Answer, channel: str) -> list[Identity]:
    application_id = answer.pool_of.application_id or DEFAULT_APPLICATION
    entity_id = answer.pool_of.entity_id
    return [
        Identity(application_id, one.resource_type, channel, one.resource_id, entity_id)
        for one in answer.senders
    ]
