"""Bulk requests: many single requests in one, each with an outcome of its own.

A task runs what the single request would run, so its outcome is the answer that one would have
got; none affects another. Tasks that name the same are carried out one after the other, in the
order of the request; the others side by side.

What most of them ask for is simply done: so their writes are tried in transactions of many, which
cost a fraction of the time. A transaction that finds something in the way of some is tried again
without those, and whatever it cannot do has written nothing: each task of it is then carried out
by itself, and gets its own outcome.

A bulk ends before its function's time does: what it could not begin is answered 429, and what is
still under way 500, as then nobody knows what becomes of it. Both can be sent again as they are:
what was done after all is then a conflict, or not found.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import NamedTuple

from provisioning.accounts import quotas
from provisioning.core.errors import (
    CapacityExceededError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ProvisioningError,
    ThrottledError,
    UnavailableError,
)
from provisioning.core.log import logger
from provisioning.http.api import Reply, Request, failure
from provisioning.table import dynamodb
from provisioning.table.dynamodb import ConditionFailedError, Item, Write
from provisioning.table.pace import Pace

MAXIMUM_BYTES = 3584 * 1024
"""Bytes that the body of a bulk may have: a thousand of the longest associations have 3.2 million,
and the outcomes of what fits in it fit into an answer (AWS, "Lambda quotas": 6 MB)."""
THREADS = 16
"""Single tasks that are carried out side by side."""
TRANSACTIONS = 4
"""Transactions of many that are: each is work for the table, and must end before its patience."""
TOGETHER = 25
"""Tasks whose writes are tried in one transaction: of four each at most, it has 100."""
REFUSALS = (ConflictError, ForbiddenError, InvalidError, NotFoundError)
"""Errors that tell how things stand, and not how the table is."""
TRIES = 2
"""Tries of such a transaction that meets others, before its tasks are carried out one by one."""
LAST_START_SECONDS = 2.5
"""How long before the end of a function's time no further task is begun."""
LONGEST_SECONDS = 15 * 60
"""The longest that Lambda runs a function."""
ANSWER_SECONDS = 0.5
"""How long before it the answer is written, whatever is still under way."""


Run = Callable[[], Item]
"""Carries a single request out, and returns what its outcome tells further."""


Refusal = Callable[[Item | None], ProvisioningError | None]
"""Returns what refuses a task, from the item that stands in its way."""

Plan = Callable[[], Sequence[Write]]
"""Returns writes for a transaction; raises what refuses the task before anything is written."""


@dataclass(eq=False)
class Task:
    """One single request of a bulk.

    Attributes:
        action: The list of the request that it stands in.
        index: Its place there.
        identity: What it names, as its outcome shows it; nothing where it names nothing.
        success: The status that the single request has when it succeeds.
        run: What carries it out by itself.
        plan: Returns writes that carry it out, unless something is in the way; they may be tried
            before ``run``, even where it stays unknown whether they took effect.
        refusal: Returns the error that says so where a write of the plan finds something in the
            way, from the item that the first write found, if any; None where only ``run`` can tell.
        begun: Whether it is, or was, under way.
        further: What its outcome tells further, once it has succeeded.
        error: Why it has failed, once it has.
    """

    action: str
    index: int
    identity: Item
    success: int
    run: Run
    plan: Plan | None = None
    refusal: Refusal = lambda _: None
    begun: bool = False
    further: Item | None = None
    error: ProvisioningError | None = None

    @property
    def waits(self) -> bool:
        """Whether it has no outcome yet."""
        return self.further is None and self.error is None

    def carry_out(self) -> None:
        """Run it, and keep its outcome."""
        self.begun = True
        try:
            self.further = self.run()
        except ProvisioningError as error:
            # With its own traceback it would hold this task, which holds it.
            self.error = error.with_traceback(None)
        except Exception:  # noqa: BLE001 - the others must not fail with it
            logger.exception("A task failed")
            self.error = UnavailableError()

    def outcome(self) -> Item:
        """Return what the client is told of it."""
        told = {"action": self.action, "index": self.index, **self.identity}
        if self.further is not None:
            return {**told, "status": self.success, **self.further}
        error = self.error or self._unfinished()
        status, envelope = failure(error)
        retry = {"retryAfter": error.retry_after} if isinstance(error, ThrottledError) else {}
        return {**told, "status": status, **retry, **envelope}

    def _unfinished(self) -> ProvisioningError:
        if self.begun:
            return UnavailableError()
        return ThrottledError(problems={self.action: ["was not tried, for lack of time"]})


class Single(NamedTuple):
    """A single request, as an element of a list stands for it.

    Attributes:
        identity: What it names, as its outcome shows it.
        check: Raises what refuses it before anything is asked of the table.
        run: What carries it out.
        plan: As a task has it.
        refusal: As a task has it.
    """

    identity: Item
    check: Callable[[], None]
    run: Run
    plan: Plan | None = None
    refusal: Refusal = lambda _: None


Read = Callable[[object], Single]
"""Reads an element of a list; an InvalidError refuses one that does not fit the shape."""


def tasks_of(
    action: str, success: int, elements: Sequence[object] | None, read: Read
) -> list[Task]:
    """Return the tasks that a list of the request stands for.

    Args:
        action: The list's name.
        success: The status that their single requests have when they succeed.
        elements: The list, as it was sent; None where it was not.
        read: Reads an element.
    """
    return [_task(action, index, success, read, each) for index, each in enumerate(elements or ())]


def _task(action: str, index: int, success: int, read: Read, element: object) -> Task:
    try:
        single = read(element)
    except ProvisioningError as error:
        return Task(action, index, {}, success, dict, error=error)
    task = Task(action, index, single.identity, success, single.run, single.plan, single.refusal)
    try:
        single.check()
    except ProvisioningError as error:
        task.error = error
    return task


class Deadline:
    """When a bulk has to end, by the clock of this process."""

    def __init__(self, request: Request) -> None:
        """Ask how long the function may still run."""
        self._end = time.monotonic() + min(request.seconds_left(), LONGEST_SECONDS)

    @property
    def starts(self) -> bool:
        """Whether there is time to begin another task."""
        return time.monotonic() < self._end - LAST_START_SECONDS

    @property
    def patience(self) -> float:
        """Seconds until the answer has to be written."""
        return max(0.0, self._end - ANSWER_SECONDS - time.monotonic())


Job = Callable[[Deadline], None]
"""What one thread does; it ends early where time is over."""
Planned = tuple[Task, Sequence[Write]]
"""A task and the writes that carry it out."""


def carry_out(tasks: Sequence[Task], deadline: Deadline) -> None:
    """Carry out tasks that have no outcome yet; some may have none afterwards, for lack of time."""
    chains: dict[str, list[Task]] = {}
    for task in tasks:
        if task.waits:
            chains.setdefault(repr(sorted(task.identity.items())), []).append(task)
    pace = Pace()
    first = [chain[0] for chain in chains.values() if chain[0].plan is not None]
    together = [first[start : start + TOGETHER] for start in range(0, len(first), TOGETHER)]
    many = [partial(_try_together, tasks, pace) for tasks in together if len(tasks) > 1]
    _side_by_side(many, TRANSACTIONS, deadline)
    single = [partial(_one_by_one, chain, pace) for chain in chains.values()]
    _side_by_side(single, THREADS, deadline)


def _side_by_side(jobs: Sequence[Job], threads: int, deadline: Deadline) -> None:
    """Do jobs in so many threads, until they are done or time is over."""
    pending = deque(jobs)
    width = min(threads, len(pending))
    if width:
        pool = ThreadPoolExecutor(width)
        wait([pool.submit(_work, pending, deadline) for _ in range(width)], deadline.patience)
        pool.shutdown(wait=False)


def _work(pending: deque[Job], deadline: Deadline) -> None:
    while deadline.starts:
        try:
            job = pending.popleft()
        except IndexError:
            return
        job(deadline)


def _one_by_one(chain: Sequence[Task], pace: Pace, deadline: Deadline) -> None:
    """Carry out tasks that name the same and ask for the same.

    What refuses one, and so changes nothing, refuses those after it too at that very moment: the
    table is not asked again for each.
    """
    refusal: ProvisioningError | None = None
    for task in chain:
        if refusal is not None:
            task.error = refusal
        elif not deadline.starts:
            return
        elif task.waits and _in_time(1, pace, deadline):
            task.carry_out()
            _note(task, pace)
        if isinstance(task.error, REFUSALS):
            refusal = task.error


def _note(task: Task, pace: Pace) -> None:
    """Let the others go on slower where the table has refused a task for its limits."""
    if isinstance(task.error, CapacityExceededError):
        _goes_on(pace)
    else:
        pace.done(1)


# --- many in a transaction --------------------------------------------------------------------


def _try_together(tasks: Sequence[Task], pace: Pace, deadline: Deadline) -> None:
    """Carry tasks out in one transaction, as far as nothing is in their way.

    Those that it leaves without an outcome are to be carried out one by one.
    """
    planned = [(task, writes) for task in tasks if (writes := _planned(task))]
    while planned and _in_time(len(planned), pace, deadline):
        try:
            return _carry_out_together(planned, pace)
        except ConditionFailedError as error:
            planned = _without(planned, error.found)
        except CapacityExceededError:
            if not _goes_on(pace):
                return None
        except (ThrottledError, UnavailableError):
            return None
    return None


def _in_time(tasks: int, pace: Pace, deadline: Deadline) -> bool:
    """Wait until so many tasks may be carried out; tell whether there is time left."""
    pace.wait(tasks)
    return deadline.starts


def _carry_out_together(planned: Sequence[Planned], pace: Pace) -> None:
    """Carry tasks out in one transaction.

    Raises:
        CapacityExceededError: The table has refused it, and none of them was begun.
        ConditionFailedError, ThrottledError, UnavailableError: It failed.
    """
    for task, _ in planned:
        task.begun = True
    writes = [write for _, each in planned for write in each]
    try:
        dynamodb.transact(writes, tries=TRIES, paced=True)
    except CapacityExceededError:
        for task, _ in planned:
            task.begun = False
        raise
    for task, _ in planned:
        task.further = {}
    pace.done(len(planned))


def _goes_on(pace: Pace) -> bool:
    """Slow down after a refusal; tell whether to try again."""
    try:
        pace.refused()
    except CapacityExceededError:
        return False
    return True


def _planned(task: Task) -> Sequence[Write]:
    try:
        return task.plan() if task.plan else ()
    except ProvisioningError as error:
        task.error = error.with_traceback(None)
        return ()


def _without(planned: Sequence[Planned], found: Mapping[int, Item | None]) -> list[Planned]:
    """Return the tasks none of whose writes found something in the way; refuse the others."""
    remaining, start = [], 0
    for task, writes in planned:
        end = start + len(writes)
        task.begun = False
        if found.keys().isdisjoint(range(start, end)):
            remaining.append((task, writes))
        else:
            task.error = task.refusal(found.get(start))
        start = end
    return remaining


def create(
    tasks: Sequence[Task], request: Request, collection: str, member: str, deadline: Deadline
) -> None:
    """Carry out tasks that create something, as far as the account has room for more.

    Each takes the room that those before it have left: one that fails takes none.

    Args:
        tasks: What to carry out.
        request: Who asks.
        collection: What is created.
        member: The member of the request that is to be told of.
        deadline: When to end.
    """
    waiting = [task for task in tasks if task.waits]
    room = quotas.room(request.principal, collection, len(waiting)) if waiting else 0
    while waiting and room:
        tried, waiting = waiting[:room], waiting[room:]
        carry_out(tried, deadline)
        room -= sum(task.further is not None for task in tried)
    for task in waiting:
        task.error = quotas.used_up(request.principal, collection, member)


def reply(tasks: Sequence[Task]) -> Reply:
    """Return the outcomes of tasks, in their order: 200 if all have succeeded, else 207."""
    results = [task.outcome() for task in tasks]
    failed = sum(result["status"] >= HTTPStatus.BAD_REQUEST for result in results)
    broken = [task.error for task in tasks if isinstance(task.error, UnavailableError)]
    if broken:
        logger.error("%d of %d tasks failed", len(broken), len(tasks), exc_info=broken[0])
    content = {"succeeded": len(results) - failed, "failed": failed, "results": results}
    return Reply(content, status=HTTPStatus.MULTI_STATUS if failed else None)
