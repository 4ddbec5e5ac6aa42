"""The operator's commands about API keys."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click

from ops.parameters import JSON, MOMENT, account, check_account, key, note, show
from provisioning.accounts import api_keys, key_changes, key_creation, key_shapes, principals
from provisioning.core.errors import NotFoundError
from provisioning.core.origins import COMMAND
from provisioning.shapes.fields import parse

_DAY = 24 * 60 * 60


@click.command()
@account
@click.option("--name", help="What people call it.")
@click.option(
    "--scope",
    multiple=True,
    type=click.Choice(principals.SCOPES),
    help=f"Default: {principals.MANAGE}.",
)
@click.option(
    "--platform",
    multiple=True,
    type=JSON,
    metavar="JSON",
    help='What it is restricted to, up to 20 times: {"applicationId": "shop", "entityId": "acme"}.',
)
@click.option("--expires-at", type=MOMENT, metavar="MOMENT", help="2027-01-31 or 90d.")
def create_key(
    account: str,
    name: str | None,
    scope: Sequence[str],
    platform: Sequence[Any],
    expires_at: str | None,
) -> None:
    """Create an API key of an account and print the secret."""
    check_account(account)
    asked = {
        "name": name,
        "scopes": list(scope) or [principals.MANAGE],
        "platform": list(platform),
        "expiresAt": expires_at,
    }
    wanted = parse(key_shapes.CreateApiKey, asked).new_key()
    click.echo(key_creation.create(account, wanted, COMMAND)[1])


@click.command()
@account
def list_keys(account: str) -> None:
    """List an account's API keys, newest first, without their secrets."""
    check_account(account)
    found = api_keys.shown(api_keys.list_page(account, 0, key_changes.MAXIMUM_KEYS).items)
    for item in found:
        show(**item)
    if not found:
        note("The account has no API keys.")


@click.command()
@account
@key
@click.option(
    "--overlap",
    type=click.IntRange(min=0),
    default=_DAY,
    show_default="a day",
    metavar="SECONDS",
    help="How long the old secret stays valid.",
)
def rotate_key(account: str, key: str, overlap: int) -> None:
    """Give an API key a new secret and print it; the old one stays valid for a while."""
    _check_key(account, key)
    everything = principals.unrestricted(account)
    click.echo(key_changes.rotate(everything, key, overlap, COMMAND)[1])


@click.command()
@account
@key
@click.argument("moment", type=MOMENT)
def expire_key(account: str, key: str, moment: str) -> None:
    """Set when an API key expires: 2027-01-31, 2027-01-31T12:00:00+01:00 or 90d."""
    name = _check_key(account, key)
    until = int(datetime.fromisoformat(moment).timestamp())
    key_changes.modify(principals.unrestricted(account), key, name, until, COMMAND)


@click.command()
@account
@key
def revoke_key(account: str, key: str) -> None:
    """End an API key for good; within ten seconds it is refused everywhere."""
    _check_key(account, key)
    key_changes.revoke(principals.unrestricted(account), key, COMMAND)


def _check_key(account_id: str, key_id: str) -> str | None:
    """Return a key's name.

    Raises:
        click.ClickException: There is no such account or key.
    """
    check_account(account_id)
    try:
        return api_keys.get(account_id, key_id).get("name")
    except NotFoundError:
        message = f"Account {account_id!r} has no API key {key_id!r}; see list-keys"
        raise click.ClickException(message) from None


COMMANDS = (create_key, list_keys, rotate_key, expire_key, revoke_key)
