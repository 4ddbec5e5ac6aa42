"""The operator's commands about accounts."""

from collections.abc import Sequence

import click

from ops.parameters import FILLED, LIMIT, check_account, note, show
from provisioning.accounts import accounts, key_creation, limits, principals
from provisioning.core.origins import COMMAND


@click.command()
@click.argument("account", type=FILLED)
def create_account(account: str) -> None:
    """Create an account and its first API key, which may do everything, and print the secret."""
    accounts.create(account)
    click.echo(key_creation.create_key(account, principals.SCOPES))


@click.command()
def list_accounts() -> None:
    """List all accounts."""
    found = accounts.list_all()
    for item in found:
        show(accountId=item["accountId"], createdAt=item["createdAt"])
    if not found:
        note("The table has no accounts.")


@click.command()
@click.argument("account", type=FILLED)
@click.option(
    "--limit",
    "given",
    multiple=True,
    type=LIMIT,
    metavar="NAME=NUMBER",
    help=f"Any of {', '.join(limits.NAMES)}; 0 for no limit.",
)
def set_limits(account: str, given: Sequence[tuple[str, int]]) -> None:
    """Set the limits that only this account has. Without any, it has those of all accounts."""
    check_account(account)
    limits.set_own(account, dict(given), COMMAND)


COMMANDS = (create_account, list_accounts, set_limits)
