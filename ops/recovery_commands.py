"""The operator's commands about what the stream's functions could not process."""

import click

from ops.parameters import FILLED, account, check_account, show
from provisioning.projections import audit_check, dead_letters


@click.command()
@account
def check_audit(account: str) -> None:
    """Write the audit entries that the stream will not bring any more, and print how many."""
    check_account(account)
    show(**audit_check.complete(account)._asdict())


@click.command()
@click.argument("queue", type=FILLED)
def replay_dead_letters(queue: str) -> None:
    """Process the dead letters of Resets or Changes again; those that succeed are deleted.

    QUEUE is the URL of the dead-letter queue.
    """
    show(**vars(dead_letters.replay(queue)))


COMMANDS = (check_audit, replay_dead_letters)
