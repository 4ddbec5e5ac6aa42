"""The tasks of a bulk request: one for each element of its lists."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from provisioning.core.errors import ProvisioningError, ThrottledError, UnavailableError
from provisioning.core.log import logger
from provisioning.http.errors import failure
from provisioning.table.items import Item
from provisioning.table.writes import Write

Run = Callable[[], Item]
"""Carries a single request out, and returns further members of its outcome."""


Plan = Callable[[], Sequence[Write]]
"""Returns writes for a transaction; raises the error that refuses the task before any write."""


Refusal = Callable[[Item | None], ProvisioningError | None]
"""Returns the error of a task whose plan failed, from the item that its first write found."""


@dataclass(eq=False)
class Task:
    """One single request of a bulk.

    Attributes:
        action: The list that the element is in.
        index: Its position in the list.
        identity: What the element names, as the outcome shows it; empty if it names nothing.
        success: The status if it succeeds.
        run: Carries it out alone.
        plan: Returns writes that carry it out unless a condition fails. They may be tried before
            ``run``, even if it stays unknown whether they took effect.
        refusal: Returns the error if a condition of the plan fails; None if only ``run`` finds out.
        begun: Whether it is or was under way.
        further: Further members of its outcome, once it has succeeded.
        error: Its error, once it has failed.
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
    def is_waiting(self) -> bool:
        """Whether it has no outcome yet."""
        return self.further is None and self.error is None

    @property
    def has_succeeded(self) -> bool:
        """Whether it was carried out."""
        return self.further is not None

    def carry_out(self) -> None:
        """Run it and store its outcome."""
        self.begun = True
        try:
            self.further = self.run()
        except ProvisioningError as error:
            # The traceback would refer to this task, which refers to the error.
            self.error = error.with_traceback(None)
        except Exception:  # noqa: BLE001 - the other tasks must not fail with it
            logger.exception("A task failed")
            self.error = UnavailableError()

    def outcome(self) -> Item:
        """Return its outcome as clients see it."""
        shown = {"action": self.action, "index": self.index, **self.identity}
        if self.further is not None:
            return {**shown, "status": self.success, **self.further}
        error = self.error or self._unfinished()
        status, envelope = failure(error)
        retry = {"retryAfter": error.retry_after} if isinstance(error, ThrottledError) else {}
        return {**shown, "status": status, **retry, **envelope}

    def _unfinished(self) -> ProvisioningError:
        if self.begun:
            return UnavailableError()
        return ThrottledError(problems={self.action: ["was not tried, for lack of time"]})


class Single(NamedTuple):
    """The single request of an element.

    Attributes:
        identity: What it names, as the outcome shows it.
        check: Raises the error that refuses it before the table is read.
        run: As in a task.
        plan: As in a task.
        refusal: As in a task.
    """

    identity: Item
    check: Callable[[], None]
    run: Run
    plan: Plan | None = None
    refusal: Refusal = lambda _: None


Read = Callable[[object], Single]
"""Reads an element of a list; raises InvalidError if it does not fit the shape."""


def tasks_of(
    action: str, success: int, elements: Sequence[object] | None, read: Read
) -> list[Task]:
    """Return the tasks of a list in a request.

    Args:
        action: The list's name.
        success: The status of their single requests if they succeed.
        elements: The list as it was sent; None if there is none.
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
