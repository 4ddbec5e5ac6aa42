"""Carries many tasks of a bulk request out in one transaction."""

from collections.abc import Sequence
from typing import NamedTuple

from provisioning.core.errors import ProvisioningError, ThrottledError, UnavailableError
from provisioning.routes.bulk_deadline import Deadline
from provisioning.routes.bulk_tasks import Task
from provisioning.table import writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.writes import Write

TASKS = 30
"""Tasks that are tried in one transaction: with three writes each, it has 90 of at most 100."""
ATTEMPTS = 2
"""Attempts of a transaction that meets other transactions."""


class _Planned(NamedTuple):
    task: Task
    writes: Sequence[Write]


def try_together(tasks: Sequence[Task], deadline: Deadline) -> None:
    """Carry tasks out in one transaction, without those whose conditions fail.

    Tasks without an outcome afterwards must be carried out one by one.
    """
    planned = [_Planned(task, task_writes) for task in tasks if (task_writes := _plan(task))]
    while planned and deadline.allows_start:
        for each in planned:
            each.task.begun = True
        try:
            writes.transact([write for each in planned for write in each.writes], tries=ATTEMPTS)
        except ConditionFailedError as error:
            planned = _without_failed(planned, set(error.found))
        except (ThrottledError, UnavailableError):
            return
        else:
            for each in planned:
                each.task.further = {}
            return


def _plan(task: Task) -> Sequence[Write]:
    try:
        return task.plan() if task.plan else ()
    except ProvisioningError as error:
        task.error = error.with_traceback(None)
        return ()


def _without_failed(planned: Sequence[_Planned], positions: set[int]) -> list[_Planned]:
    """Return the tasks without those that have a write at one of the positions; refuse these."""
    remaining, start = [], 0
    for each in planned:
        end = start + len(each.writes)
        each.task.begun = False
        if positions.isdisjoint(range(start, end)):
            remaining.append(each)
        else:
            each.task.error = each.task.refusal
        start = end
    return remaining
