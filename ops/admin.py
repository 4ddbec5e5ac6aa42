"""Manages accounts, API keys and page indexes: ``python -m ops --help``.

Region and credentials are those of the environment, as for any AWS tool, and so is the endpoint
unless it is given. Secrets are printed once, alone on a line; lists are JSON, one item a line.
"""

import argparse
import json
import sys
from collections.abc import Callable
from datetime import datetime

from provisioning.accounts import (
    accounts,
    api_keys,
    key_changes,
    key_creation,
    key_shapes,
    limits,
    principals,
)
from provisioning.aws.clients import NotConfiguredError
from provisioning.core import config
from provisioning.core.errors import NotFoundError, ProvisioningError
from provisioning.core.origins import COMMAND
from provisioning.operations import orphans
from provisioning.projections import consistency
from provisioning.shapes.fields import parse

Command = Callable[[argparse.Namespace], None]


def _create_account(given: argparse.Namespace) -> None:
    """Create an account and its first API key, which may do everything, and print the secret."""
    accounts.create(given.account)
    print(key_creation.create_key(given.account, principals.SCOPES))


def _list_accounts(_given: argparse.Namespace) -> None:
    """List all accounts."""
    for account in accounts.list_all():
        _print(accountId=account["accountId"], createdAt=account["createdAt"])


def _create_key(given: argparse.Namespace) -> None:
    """Create an API key of an account and print the secret."""
    asked = {
        "name": given.name,
        "scopes": given.scope or [principals.MANAGE],
        "platform": [json.loads(pair) for pair in given.platform or ()],
        "expiresAt": given.expires_at,
    }
    wanted = parse(key_shapes.CreateApiKey, asked).new_key()
    print(key_creation.create(given.account, wanted, COMMAND)[1])


def _list_keys(given: argparse.Namespace) -> None:
    """List an account's API keys, newest first, without their secrets."""
    for key in api_keys.shown(api_keys.list_page(given.account, 0, key_changes.MAXIMUM_KEYS).items):
        _print(**key)


def _rotate_key(given: argparse.Namespace) -> None:
    """Give an API key a new secret and print it; the old one is good for a while yet."""
    everything = principals.unrestricted(given.account)
    print(key_changes.rotate(everything, given.key, given.overlap, COMMAND)[1])


def _expire_key(given: argparse.Namespace) -> None:
    """Set when an API key ends."""
    principal = principals.unrestricted(given.account)
    until = int(datetime.fromisoformat(given.moment).astimezone().timestamp())
    name = api_keys.get(given.account, given.key).get("name")
    key_changes.modify(principal, given.key, name, until, COMMAND)


def _revoke_key(given: argparse.Namespace) -> None:
    """End an API key for good; within ten seconds it is refused everywhere."""
    key_changes.revoke(principals.unrestricted(given.account), given.key, COMMAND)


def _set_limits(given: argparse.Namespace) -> None:
    """Set limits of an account that differ from those of all accounts; without any, remove them."""
    limits.set_own(given.account, dict(map(_limit, given.limit or ())), COMMAND)


def _limit(text: str) -> tuple[str, int]:
    name, _, value = text.partition("=")
    if name not in limits.NAMES or not value.isascii() or not value.isdigit():
        message = f"{text} is not NAME=NUMBER with one of the names {', '.join(limits.NAMES)}"
        raise ValueError(message)
    return name, int(value)


def _check_page_indexes(given: argparse.Namespace) -> None:
    """List where an account's page indexes and copies differ from its items."""
    for difference in consistency.check(given.account):
        _print(**difference._asdict())


def _rebuild_page_indexes(given: argparse.Namespace) -> None:
    """Build an account's page indexes again, while the system runs."""
    consistency.rebuild(given.account)


def _recheck_associations(given: argparse.Namespace) -> None:
    """Reset an account's associations that have lost a parent, and print how many there were."""
    _print(reset=orphans.check_account(given.account))


def _check_account(account: str) -> None:
    """Refuse an account that does not exist: its lists would be empty, not wrong.

    Raises:
        ValueError: There is no such account.
    """
    try:
        accounts.get(account)
    except NotFoundError:
        message = f"there is no account {account!r}; list-accounts shows them"
        raise ValueError(message) from None


def _print(**content: object) -> None:
    print(json.dumps(content, ensure_ascii=False))


_COMMANDS: dict[str, tuple[Command, tuple[str, ...]]] = {
    "create-account": (_create_account, ("account",)),
    "list-accounts": (_list_accounts, ()),
    "create-key": (_create_key, ("account",)),
    "list-keys": (_list_keys, ("account",)),
    "rotate-key": (_rotate_key, ("account", "key")),
    "expire-key": (_expire_key, ("account", "key", "moment")),
    "revoke-key": (_revoke_key, ("account", "key")),
    "set-limits": (_set_limits, ("account",)),
    "check-page-indexes": (_check_page_indexes, ("account",)),
    "rebuild-page-indexes": (_rebuild_page_indexes, ("account",)),
    "recheck-associations": (_recheck_associations, ("account",)),
}
_EXPLAINED = {
    "account": "id of the account",
    "key": "id of the key, as the list has it",
    "moment": "when it ends, in ISO 8601: 2027-01-31 or 2027-01-31T12:00:00+01:00",
}


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ops", description=__doc__)
    parser.add_argument("--table", required=True, help="name of the table (an output of the stack)")
    parser.add_argument("--endpoint", help="URL of DynamoDB, where it is not that of the region")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (run, positional) in _COMMANDS.items():
        command = commands.add_parser(name, help=run.__doc__, description=run.__doc__)
        command.set_defaults(run=run)
        for argument in positional:
            command.add_argument(argument, help=_EXPLAINED[argument])
        if run is _create_key:
            _add_key_options(command)
        if run is _set_limits:
            command.add_argument(
                "--limit",
                action="append",
                metavar="NAME=NUMBER",
                help=f"any of {', '.join(limits.NAMES)}; 0 for no limit",
            )
        if run is _rotate_key:
            command.add_argument(
                "--overlap",
                type=int,
                default=24 * 60 * 60,
                help="seconds that the old secret is good for yet (default: a day)",
            )
    return parser.parse_args(arguments)


def _add_key_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--name", help="what people call it")
    command.add_argument(
        "--scope",
        action="append",
        choices=principals.SCOPES,
        help=f"default: {principals.MANAGE}",
    )
    command.add_argument(
        "--platform",
        action="append",
        metavar="JSON",
        help="an application and entity to which it is restricted, up to 20 times: "
        '{"applicationId": "shop", "entityId": "acme"}',
    )
    command.add_argument("--expires-at", metavar="MOMENT", help="ISO 8601 with a time zone")


def main(arguments: list[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: The command line; None takes the process's own.

    Returns:
        0, or 1 where the command failed for a reason that it then prints.
    """
    given = _arguments(arguments)
    if not given.table.strip() or not getattr(given, "account", "x").strip():
        print("Needs a table and an account: make key TABLE=... ACCOUNT=...", file=sys.stderr)
        return 2
    config.use_table(given.table)
    if given.endpoint:
        config.use_endpoint(given.endpoint)
    try:
        if given.run is not _create_account and "account" in given:
            _check_account(given.account)
        given.run(given)
    except (ProvisioningError, NotConfiguredError) as error:
        name = type(error).__name__.removesuffix("Error")
        cause = f" ({error.__cause__})" if error.__cause__ else ""
        where = f"table {given.table!r} at {given.endpoint or 'the endpoint of the environment'}"
        print(f"{name}: {str(error) or where}{cause}", file=sys.stderr)
        return 1
    except ValueError as error:
        print(f"Invalid: {error}", file=sys.stderr)
        return 1
    return 0
