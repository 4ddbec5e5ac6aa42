"""What a bulk request says of tasks that it could not finish."""

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from provisioning.core.kinds import APPLICATION
from provisioning.resources import parents
from provisioning.routes import bulk_transactions
from provisioning.routes.bulk_deadline import Deadline
from provisioning.routes.bulk_tasks import Task
from provisioning.table import keys, reads, writes
from provisioning.table.pace import Pace
from provisioning.table.writes import Write

if TYPE_CHECKING:
    from provisioning.http.routes import Request


@pytest.mark.parametrize(("begun", "status"), [(True, 500), (False, 429)])
@pytest.mark.usefixtures("table")
def test_a_task_that_may_have_taken_effect_is_never_said_not_to_have_been_tried(
    *, begun: bool, status: int
) -> None:
    parents.create("acme", APPLICATION, "shop", None)
    there = reads.get(keys.parent("acme", APPLICATION, "shop"))
    assert there is not None

    def plan() -> list[Write]:
        return [writes.create(there)]  # which its own first try has written

    task = Task("create", 0, {}, 201, dict, plan, begun=begun)
    long = Deadline(cast("Request", SimpleNamespace(seconds_left=lambda: 60.0)))
    bulk_transactions.try_together([task], Pace(), long)
    assert task.outcome()["status"] == status
