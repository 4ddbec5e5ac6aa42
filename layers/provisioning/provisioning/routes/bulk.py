"""Bulk requests: many single requests in one, each with an outcome of its own.

A task runs the rule of its single request, so its outcome is the response to that request.
Tasks that name the same thing run one after the other, in the order of the request; others run in
parallel.

Most tasks succeed, so their writes are first tried in transactions of many, which take a fraction
of the time. A transaction in which conditions fail is repeated without those tasks. A transaction
that fails has written nothing: its tasks are then carried out one by one, each with its own
outcome. If items must be moved out of the places of some first, they are moved together, and those
tasks are tried again together.

A bulk request ends before its function's time does. Tasks that could not start get status 429,
those still under way 500, as their outcome is unknown. Both can be sent again: if a task was
carried out after all, it then gets "conflict" or "not found".
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from functools import partial
from http import HTTPStatus

from provisioning.accounts import quotas
from provisioning.core.errors import (
    CapacityExceededError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ProvisioningError,
    UnavailableError,
)
from provisioning.core.log import logger
from provisioning.http.routes import Reply, Request
from provisioning.paging import recount
from provisioning.routes import bulk_transactions
from provisioning.routes.bulk_deadline import Deadline
from provisioning.routes.bulk_tasks import Task
from provisioning.table.items import Item
from provisioning.table.pace import Pace
from provisioning.table.primary_keys import Key

MAXIMUM_BYTES = 3584 * 1024
"""Bytes that the body of a bulk request may have: a thousand of the longest associations have 3.2
million, and their outcomes fit into a response (AWS, "Lambda quotas": 6 MB)."""
THREADS = 16
"""Tasks that run in parallel."""
TRANSACTIONS = 4
"""Transactions of many tasks that run in parallel: each is heavy for the table."""
COUNTED_FROM = 50
"""Changed elements from which a bulk request counts them: fewer are like as many single requests,
which only the follower of the stream counts."""
REFUSALS = (ConflictError, ForbiddenError, InvalidError, NotFoundError)
"""Errors that show the state of the resources, not of the table."""


Job = Callable[[Deadline], None]
"""The work of one thread; it ends early if the deadline comes."""

Clearing = Callable[[], Job | None]
"""Returns the job that clears the places of tasks, which are then tried again, if it is needed."""


def carry_out(tasks: Sequence[Task], deadline: Deadline, clearing: Clearing = lambda: None) -> None:
    """Carry out the tasks that have no outcome yet, as far as time allows."""
    chains: dict[str, list[Task]] = {}
    for task in tasks:
        if task.is_waiting:
            chains.setdefault(repr(sorted(task.identity.items())), []).append(task)
    pace = Pace()
    _together(chains.values(), pace, deadline)
    if (clear := clearing()) is not None:
        _in_parallel([clear], 1, deadline)
        _together(chains.values(), pace, deadline)
    single = [partial(_one_by_one, chain, pace) for chain in chains.values()]
    _in_parallel(single, THREADS, deadline)


def _together(chains: Iterable[Sequence[Task]], pace: Pace, deadline: Deadline) -> None:
    """Try the first task of each chain in transactions of many."""
    first = [chain[0] for chain in chains if chain[0].plan is not None and chain[0].is_waiting]
    groups = [
        first[start : start + bulk_transactions.TASKS]
        for start in range(0, len(first), bulk_transactions.TASKS)
    ]
    many = [
        partial(bulk_transactions.try_together, group, pace) for group in groups if len(group) > 1
    ]
    _in_parallel(many, TRANSACTIONS, deadline)


def _in_parallel(jobs: Sequence[Job], threads: int, deadline: Deadline) -> None:
    """Do jobs in this many threads, until they are done or the deadline comes."""
    pending = deque(jobs)
    width = min(threads, len(pending))
    if width:
        pool = ThreadPoolExecutor(width)
        wait([pool.submit(_work, pending, deadline) for _ in range(width)], deadline.seconds_left)
        pool.shutdown(wait=False)


def _work(pending: deque[Job], deadline: Deadline) -> None:
    while deadline.allows_start:
        try:
            job = pending.popleft()
        except IndexError:
            return
        job(deadline)


def _one_by_one(chain: Sequence[Task], pace: Pace, deadline: Deadline) -> None:
    """Carry out tasks that name and request the same.

    An error that refuses one has changed nothing, so it refuses those after it at the same moment
    too, without asking the table again.
    """
    refusal: ProvisioningError | None = None
    for task in chain:
        if refusal is not None:
            task.error = refusal
        elif not deadline.allows_start:
            return
        elif task.is_waiting and bulk_transactions.in_time(1, pace, deadline):
            task.carry_out()
            _adapt(pace, task)
        if isinstance(task.error, REFUSALS):
            refusal = task.error


def _adapt(pace: Pace, task: Task) -> None:
    """Slow down if the table has refused a task for its limits."""
    if isinstance(task.error, CapacityExceededError):
        bulk_transactions.slow_down(pace, task.error)
    else:
        pace.done(1)


def create(
    tasks: Sequence[Task],
    request: Request,
    collection: str,
    member: str,
    deadline: Deadline,
    clearing: Clearing = lambda: None,
) -> None:
    """Carry out tasks that create something, as far as the quota has room.

    Each task takes the room that those before it have left; a failed one takes none.
    """
    waiting = [task for task in tasks if task.is_waiting]
    room = quotas.room(request.principal, collection, len(waiting)) if waiting else 0
    while waiting and room:
        tried, waiting = waiting[:room], waiting[room:]
        carry_out(tried, deadline, clearing)
        room -= sum(task.further is not None for task in tried)
    for task in waiting:
        task.error = quotas.used_up(request.principal, collection, member)


def count(
    tasks: Sequence[Task], keys_of: Callable[[Item], Iterable[Key]], deadline: Deadline
) -> None:
    """Update the page indexes of what a bulk request has changed, so that its totals are right.

    What fails, or is not done in time, is left to the follower of the stream, and so are changes of
    less than ``COUNTED_FROM`` elements.

    Args:
        tasks: The tasks, which have ended.
        keys_of: Returns the keys of the items that came or went with what a task names.
        deadline: When to end.
    """
    changed = [task.identity for task in tasks if task.has_succeeded]
    if len(changed) < COUNTED_FROM:
        return
    touched = [key for identity in changed for key in keys_of(identity)]

    def job(_deadline: Deadline) -> None:
        with suppress(ProvisioningError):
            recount.touch_all(touched)

    _in_parallel([job], 1, deadline)


def reply(tasks: Sequence[Task]) -> Reply:
    """Return the outcomes of tasks, in their order: 200 if all have succeeded, else 207."""
    results = [task.outcome() for task in tasks]
    failed = sum(result["status"] >= HTTPStatus.BAD_REQUEST for result in results)
    broken = [task.error for task in tasks if isinstance(task.error, UnavailableError)]
    if broken:
        logger.error("%d of %d tasks failed", len(broken), len(tasks), exc_info=broken[0])
    content = {"succeeded": len(results) - failed, "failed": failed, "results": results}
    return Reply(content, status=HTTPStatus.MULTI_STATUS if failed else None)
