"""Creates accounts and API keys in any table: ``python -m provisioning.admin --help``.

Region, credentials and endpoint are those of the environment, as for any AWS tool.
"""

import argparse
import sys

from provisioning import accounts, config
from provisioning.errors import ProvisioningError


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m provisioning.admin", description=__doc__)
    parser.add_argument("--table", required=True, help="name of the table (an output of the stack)")
    commands = parser.add_subparsers(dest="command", required=True)
    account = commands.add_parser("create-account", help="create an account and its first API key")
    account.add_argument("account")
    key = commands.add_parser("create-key", help="create a further API key of an account")
    key.add_argument("account")
    key.add_argument("--scope", action="append", choices=accounts.SCOPES, help="default: manage")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Run one command and print the new API key, which is shown this once.

    Args:
        arguments: The command line; None takes the process's own.

    Returns:
        0, or 1 where the command failed for a reason that it then prints.
    """
    given = _arguments(arguments)
    config.use_table(given.table)
    try:
        if given.command == "create-account":
            accounts.create_account(given.account)
        scopes = tuple(getattr(given, "scope", None) or [accounts.MANAGE])
        print(accounts.create_key(given.account, scopes))
    except ProvisioningError as error:
        print(f"{type(error).__name__.removesuffix('Error')}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
