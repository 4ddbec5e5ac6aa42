"""Submissions: the entities that submitted messages name are created.

Works off a batch of the queue's messages at once, so that its cost is that of the entities it
names, however many messages name them: one read for each entity, one transaction's write for each
that is missing, and for each that exists at most one write an hour, which keeps when it was last
seen.

Why an entity is created exactly once, and never against a delete:

* It is made on condition that its key is free: of many that try, one succeeds, and the others
  find that it exists, which is all they want.
* A message and a delete are put in order by their times, whenever the message arrives: that at
  which the messaging API accepted it, and that at which the delete was asked for. A delete at the
  same moment or later wins. So the same transaction checks that the entity was not deleted since;
  deletions are remembered for longer than a message may be under way (``MAXIMUM_AGE``).
* Nothing is remembered of a message: whatever is delivered late, twice or after a crash finds what
  is there. A lost response makes the SDK repeat a transaction under the same token.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from provisioning.accounts import authentication, quotas
from provisioning.core.clock import text
from provisioning.core.config import dead_submissions_url, submissions_url
from provisioning.core.errors import (
    InvalidError,
    ProvisioningError,
    ThrottledError,
    UnavailableError,
)
from provisioning.core.kinds import ENTITY
from provisioning.core.log import MetricUnit, logger, metrics
from provisioning.core.origins import MESSAGE
from provisioning.messages import intake
from provisioning.messages.submission_shapes import QueuedSubmission
from provisioning.operations import tombstones
from provisioning.queues import delivery
from provisioning.resources import parents
from provisioning.shapes.documents import read_json
from provisioning.shapes.fields import Problems, parse_partly
from provisioning.table import dynamodb, keys
from provisioning.table.dynamodb import Change, ConditionFailedError, Item, Write
from provisioning.table.keys import Key

MAXIMUM_AGE = timedelta(days=28)
"""How long ago a message may have been submitted: 14 days on the queue, 14 among dead letters."""

_CREATION_WRITES = 2
_HOUR = len("2026-11-23T16")
_REASON_LENGTH = 1000


class Record(NamedTuple):
    """A message of the queue.

    Attributes:
        message_id: The queue's id of it.
        receipt: By what it can be removed from the queue.
        sent_at: When the queue got it.
        body: Its text.
    """

    message_id: str
    receipt: str
    sent_at: datetime
    body: str


@dataclass
class Outcome:
    """What a batch came to.

    Attributes:
        created: How many entities it created.
        seen: Of how many it kept that they were seen.
        failed: The ids of the messages that could not be worked off, or only in part.
    """

    created: int = 0
    seen: int = 0
    failed: list[str] = field(default_factory=list)


class _Named(NamedTuple):
    """An entity that messages of the batch name, from the first to the last of them."""

    account_id: str
    entity_id: str
    first: str
    last: str

    @property
    def key(self) -> Key:
        return keys.parent(self.account_id, ENTITY, self.entity_id)


class _Holder(NamedTuple):
    """Whose quota of entities a message draws on."""

    account_id: str
    limits: Mapping[str, int]


@dataclass
class _Submission:
    """A message of the queue as it was read, and what is wrong with it."""

    record: Record
    named: dict[Key, _Named]
    problems: Problems
    waits: bool = False

    def fail(self, failures: dict[Key, ProvisioningError]) -> None:
        """Take what went wrong with the entities that it names."""
        for key in self.named.keys() & failures.keys():
            error = failures[key]
            if isinstance(error, InvalidError):
                self.problems |= error.problems
            else:
                self.waits = True


def take(records: Sequence[Record]) -> Outcome:
    """Work off a batch: create the entities that its messages name and that do not exist.

    A message that can never be worked off, or only in part, is put among the dead letters with
    the reason, once what can be done for it is done. One that waits for the table is delivered
    again by the queue. Both are reported as failed.
    """
    outcome = Outcome()
    submissions = [_read(record) for record in records]
    named = list(_distinct(submissions).values())
    for start in range(0, len(named), dynamodb.BATCH_READ_ITEMS):
        failures = _settle(named[start : start + dynamodb.BATCH_READ_ITEMS], outcome)
        for submission in submissions if failures else ():
            submission.fail(failures)
    if dead := [each for each in submissions if each.problems and not each.waits]:
        _bury(dead)
    outcome.failed = [each.record.message_id for each in submissions if each.problems or each.waits]
    _tell(outcome, len(records), len(named))
    return outcome


# --- reading ----------------------------------------------------------------------------------


def _read(record: Record) -> _Submission:
    try:
        document = intake.essence(read_json(record.body))
        queued, problems = parse_partly(QueuedSubmission, document)
        moment = _moment(queued.submitted_at, record.sent_at)
    except InvalidError as error:
        return _Submission(record, {}, error.problems)
    named = (
        _Named(queued.account_id, entity_id, moment, moment)
        for entity_id in intake.entity_ids(queued.submission)
    )
    return _Submission(record, {each.key: each for each in named}, problems)


def _moment(submitted_at: datetime, sent_at: datetime) -> str:
    """Return when a message was submitted: not after it was sent, whatever its maker's clock says.

    No queue keeps a message for so long that it could have been sent ``MAXIMUM_AGE`` ago: an event
    that says so was made by hand, and is as if it were sent now.

    Raises:
        InvalidError: Too long ago to tell whether its entities were deleted since.
    """
    now = datetime.now(UTC)
    if now - submitted_at > MAXIMUM_AGE:
        problem = f"must not be more than {MAXIMUM_AGE.days} days ago"
        raise InvalidError({"submittedAt": [problem]})
    return text(min(submitted_at, sent_at if now - sent_at < MAXIMUM_AGE else now))


def _distinct(submissions: Iterable[_Submission]) -> dict[Key, _Named]:
    """Return every entity that is named, once."""
    distinct: dict[Key, _Named] = {}
    for submission in submissions:
        for key, named in submission.named.items():
            known = distinct.get(key, named)
            distinct[key] = named._replace(
                first=min(known.first, named.first), last=max(known.last, named.last)
            )
    return distinct


# --- entities ---------------------------------------------------------------------------------


def _settle(named: Sequence[_Named], outcome: Outcome) -> dict[Key, ProvisioningError]:
    """Create those of up to a hundred entities that are missing, and keep that all were seen.

    Returns:
        What went wrong, by the key of the entity.
    """
    try:
        found = dynamodb.get_many(each.key for each in named)
        missing = [each for each in named if each.key not in found]
        known = authentication.own_limits({each.account_id for each in missing})
    except (ThrottledError, UnavailableError) as error:
        return {each.key: error for each in named}
    failures: dict[Key, ProvisioningError] = {}
    for each in missing:
        if reason := _refusal(each, known.get(each.account_id)):
            failures[each.key] = reason
    creatable = [each for each in missing if each.key not in failures]
    together = dynamodb.TRANSACTION_ITEMS // _CREATION_WRITES
    for start in range(0, len(creatable), together):
        failures |= _create(creatable[start : start + together], outcome)
    _note_seen([(each, found[each.key]) for each in named if each.key in found], outcome)
    return failures


def _refusal(named: _Named, limits: Mapping[str, int] | None) -> ProvisioningError | None:
    """Return why an entity must not be created, if it must not.

    Args:
        named: The entity.
        limits: Its account's own; None if there is no such account.
    """
    if limits is None:
        return InvalidError({"accountId": ["does not exist"]})
    try:
        quotas.require_room(_Holder(named.account_id, limits), ENTITY.collection, "entityId")
    except ThrottledError as error:
        # A used-up quota stays so until somebody acts: no later delivery would help.
        return InvalidError(error.problems) if error.problems else error
    except UnavailableError as error:
        return error
    return None


def _create(named: Sequence[_Named], outcome: Outcome) -> dict[Key, ProvisioningError]:
    """Create entities in one transaction, without those that exist by now, or were deleted since.

    Returns:
        What went wrong, by the key of the entity.
    """
    remaining = list(named)
    try:
        for pause in dynamodb.pauses():
            remaining, created = _try_create(remaining)
            outcome.created += created
            if not remaining:
                return {}
            pause()
            # Others create the same: what they have done is no longer to do, nor in the way.
            existing = dynamodb.get_many(each.key for each in remaining)
            remaining = [each for each in remaining if each.key not in existing]
    except (ThrottledError, UnavailableError) as error:
        return {each.key: error for each in remaining}
    return {each.key: ThrottledError() for each in remaining}


def _try_create(named: Sequence[_Named]) -> tuple[list[_Named], int]:
    """Return which entities are still to be created after a try, and how many it created."""
    if not named:
        return [], 0
    try:
        dynamodb.transact([write for each in named for write in _creation(each)], tries=1)
    except ConditionFailedError as error:
        settled = {position // _CREATION_WRITES for position in error.found}
        return [each for at, each in enumerate(named) if at not in settled], 0
    except ThrottledError:
        return list(named), 0
    return [], len(named)


def _creation(named: _Named) -> tuple[Write, Write]:
    """Return the writes that create an entity, if it was not deleted since it was last named."""
    account_id, entity_id = named.account_id, named.entity_id
    item = parents.new_item(account_id, ENTITY, entity_id, entity_id, MESSAGE) | {
        "origin": MESSAGE.actor,
        "firstSeenAt": named.first,
        "lastSeenAt": named.last,
    }
    return (
        dynamodb.create(item),
        tombstones.not_deleted_since(account_id, ENTITY, entity_id, named.last),
    )


def _note_seen(existing: Iterable[tuple[_Named, Item]], outcome: Outcome) -> None:
    """Keep when entities were last seen, unless that is kept for the same hour or a later one.

    It is not worth a failure: what is lost is kept with a later message.
    """
    changes = [
        Change(
            each.key,
            {"firstSeenAt": item.get("firstSeenAt", each.first), "lastSeenAt": each.last},
            {"generation": item["generation"], "lastSeenAt": item.get("lastSeenAt")},
        )
        for each, item in existing
        if each.last[:_HOUR] > item.get("lastSeenAt", "")[:_HOUR]
    ]
    try:
        outcome.seen += dynamodb.change_each(changes)
    except (ThrottledError, UnavailableError):
        logger.warning("It could not be kept that entities were seen", exc_info=True)


# --- what cannot be worked off ----------------------------------------------------------------


def _bury(submissions: Sequence[_Submission]) -> None:
    """Put messages among the dead letters, each with its reason, and take them off the queue.

    Where that fails they stay, and get there in the end by the queue's own redrive policy,
    without their reasons but in the log.
    """
    letters = [_letter(submission) for submission in submissions]
    for letter in letters:
        logger.warning("A submission cannot be worked off", extra=dict(letter.attributes))
    try:
        buried = delivery.send_all(dead_submissions_url(), letters)
        delivery.remove_all(submissions_url(), [submissions[at].record.receipt for at in buried])
    except (ThrottledError, UnavailableError):
        logger.exception("Submissions could not be put among the dead letters")


def _letter(submission: _Submission) -> delivery.Letter:
    reason = "; ".join(
        f"{member}: {', '.join(found)}" for member, found in submission.problems.items()
    )
    # A repeated member is told by its name, which is anything: `ascii` leaves what a queue takes.
    attributes = {
        "reason": ascii(reason)[1:-1][:_REASON_LENGTH],
        "messageId": submission.record.message_id,
    }
    return delivery.Letter(submission.record.body, attributes)


def _tell(outcome: Outcome, submissions: int, entities: int) -> None:
    """Log one line for the batch, without ids of the customer's, and its metrics."""
    usage = dynamodb.usage
    told = {
        "submissions": submissions,
        "entities": entities,
        "created_entities": outcome.created,
        "seen_entities": outcome.seen,
        "failed": len(outcome.failed),
        "calls": usage.calls,
        "read_units": usage.read_units,
        "write_units": usage.write_units,
    }
    logger.info("%d submissions, %d entities", submissions, entities, extra=told)
    for name, value in (
        ("Submissions", submissions),
        ("FailedSubmissions", len(outcome.failed)),
        ("CreatedEntities", outcome.created),
        ("ReadUnits", usage.read_units),
        ("WriteUnits", usage.write_units),
    ):
        metrics.add_metric(name, MetricUnit.Count, value)
