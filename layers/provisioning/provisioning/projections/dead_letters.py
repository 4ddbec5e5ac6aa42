"""Replays dead letters of the stream: what was put aside, and what the stream has forgotten.

A dead letter with its record is handled again. One without (Lambda gave it up because the stream no
longer kept it, or it was too large for a message) says only that something is missing, which is
found from the items of all accounts.
"""

import json
from dataclasses import dataclass
from typing import Any

from provisioning.accounts import accounts
from provisioning.core.log import logger
from provisioning.operations import orphans, shard_failures
from provisioning.operations import stream_consumer as operations_consumer
from provisioning.projections import audit_check, consistency
from provisioning.projections import stream_consumer as projections_consumer
from provisioning.queues import delivery
from provisioning.table.stream_records import StreamRecord

_HIDDEN_SECONDS = 900


@dataclass
class Replay:
    """What became of the dead letters of a queue.

    Attributes:
        replayed: Records that were handled.
        failed: Records that failed again and stay in the queue.
        forgotten: Dead letters without a record, for which all accounts were repaired.
    """

    replayed: int = 0
    failed: int = 0
    forgotten: int = 0


def replay(url: str) -> Replay:
    """Handle the dead letters of a stream's queue, and delete those that succeed.

    Raises:
        ThrottledError, UnavailableError: The queue or, for the repair, the table could not be
            reached; the dead letters that are left can be replayed again.
    """
    outcome = Replay()
    forgotten: list[str] = []
    for message in delivery.receive_all(url, _HIDDEN_SECONDS):
        content = json.loads(message["Body"])
        if "record" not in content:
            forgotten.append(message["ReceiptHandle"])
        elif _succeeds(content["record"]):
            delivery.remove_all(url, [message["ReceiptHandle"]])
            outcome.replayed += 1
        else:
            outcome.failed += 1
    if forgotten:
        repair_all()
        delivery.remove_all(url, forgotten)
        outcome.forgotten = len(forgotten)
    return outcome


def _succeeds(raw: dict[str, Any]) -> bool:
    """Handle a record as both consumers of the stream do, which is harmless; return whether it
    succeeded.
    """
    record = StreamRecord(raw)
    try:
        operations_consumer.handle(record)
        projections_consumer.follow([record])
    except Exception:  # noqa: BLE001 - one record must not stop the others
        logger.exception("A dead letter failed again")
        return False
    return True


def repair_all() -> None:
    """Do for all accounts what stream records would have done, as far as the items show it."""
    shard_failures.revive()
    for account in accounts.list_all():
        account_id = account["accountId"]
        orphans.check_account(account_id)
        consistency.rebuild(account_id)
        audit_check.complete(account_id)
