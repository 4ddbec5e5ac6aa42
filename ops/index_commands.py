"""The operator's commands about page indexes and associations."""

import click

from ops.parameters import account, check_account, note, show
from provisioning.operations import orphans
from provisioning.projections import consistency


@click.command()
@account
def check_page_indexes(account: str) -> None:
    """List where an account's page indexes and copies differ from its items."""
    check_account(account)
    found = False
    for difference in consistency.check(account):
        found = True
        show(**difference._asdict())
    if not found:
        note("No differences.")


@click.command()
@account
def rebuild_page_indexes(account: str) -> None:
    """Build an account's page indexes again, while the system runs."""
    check_account(account)
    consistency.rebuild(account)


@click.command()
@account
def recheck_associations(account: str) -> None:
    """Reset an account's associations whose application or entity is gone, and print how many."""
    check_account(account)
    show(reset=orphans.check_account(account))


COMMANDS = (check_page_indexes, rebuild_page_indexes, recheck_associations)
