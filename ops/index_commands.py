"""The operator's commands about page indexes, associations and stored formats."""

import click

from ops.parameters import account, check_account, note, show
from provisioning.core.origins import COMMAND
from provisioning.operations import migrations, orphans
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


@click.command()
@account
def migrate(account: str) -> None:
    """Rewrite an account's items that are stored in an older format (docs/deploy.md, "Upgrades").

    Its keys are rewritten at once, all else by an operation, whose id is printed.
    """
    check_account(account)
    rewritten = migrations.migrate_account(account)
    show(rewritten=rewritten, operationId=migrations.start(account, COMMAND))


@click.command()
@account
def check_formats(account: str) -> None:
    """Count an account's items that are stored in an older format, by type."""
    check_account(account)
    show(outdated=migrations.outdated(account))


COMMANDS = (
    check_page_indexes,
    rebuild_page_indexes,
    recheck_associations,
    migrate,
    check_formats,
)
