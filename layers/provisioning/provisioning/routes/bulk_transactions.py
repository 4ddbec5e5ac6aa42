"""Carries many tasks of a bulk request out in one transaction."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from provisioning.core.errors import (
    CapacityExceededError,
    ProvisioningError,
    ThrottledError,
    UnavailableError,
)
from provisioning.routes.bulk_deadline import Deadline
from provisioning.routes.bulk_tasks import Task
from provisioning.table import writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.items import Item
from provisioning.table.pace import Pace
from provisioning.table.writes import Write

TASKS = 25
"""Tasks that are tried in one transaction: with four writes each at most, it has 100."""
ATTEMPTS = 2
"""Attempts of a transaction that meets other transactions."""


class _Planned(NamedTuple):
    task: Task
    writes: Sequence[Write]
    was_begun: bool
    """Whether it has been tried before, with an unknown outcome."""


def try_together(tasks: Sequence[Task], pace: Pace, deadline: Deadline) -> None:
    """Carry tasks out in one transaction, without those whose conditions fail.

    Tasks without an outcome afterwards must be carried out one by one.
    """
    planned = [
        _Planned(task, task_writes, task.begun) for task in tasks if (task_writes := _plan(task))
    ]
    while planned and in_time(len(planned), pace, deadline):
        try:
            return _transact(planned, pace)
        except ConditionFailedError as error:
            planned = _without_failed(planned, error.found)
        except CapacityExceededError as refusal:
            if not slow_down(pace, refusal):
                return None
        except (ThrottledError, UnavailableError):
            return None
    return None


def in_time(tasks: int, pace: Pace, deadline: Deadline) -> bool:
    """Wait until this many tasks may be carried out; return whether there is time left."""
    pace.wait(tasks)
    return deadline.allows_start


def slow_down(pace: Pace, refusal: CapacityExceededError) -> bool:
    """Slow down after the table has refused a call; return whether to try again."""
    try:
        pace.refused(refusal)
    except CapacityExceededError:
        return False
    return True


def _transact(planned: Sequence[_Planned], pace: Pace) -> None:
    """Carry tasks out in one transaction."""
    for each in planned:
        each.task.begun = True
    try:
        writes.transact(
            [write for each in planned for write in each.writes], tries=ATTEMPTS, paced=True
        )
    except CapacityExceededError:
        for each in planned:
            each.task.begun = each.was_begun
        raise
    for each in planned:
        each.task.further = {}
    pace.done(len(planned))


def _plan(task: Task) -> Sequence[Write]:
    try:
        return task.plan() if task.plan else ()
    except ProvisioningError as error:
        task.error = error.with_traceback(None)
        return ()


def _without_failed(
    planned: Sequence[_Planned], found: Mapping[int, Item | None]
) -> list[_Planned]:
    """Return the tasks without those whose conditions failed; refuse these."""
    remaining, start = [], 0
    for each in planned:
        end = start + len(each.writes)
        each.task.begun = each.was_begun
        if found.keys().isdisjoint(range(start, end)):
            remaining.append(each)
        else:
            each.task.error = each.task.refusal(found.get(start))
        start = end
    return remaining
