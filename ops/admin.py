"""The operator's command line: ``python -m ops --help``."""

import sys
from collections.abc import Sequence
from urllib.parse import urlsplit

import click

from aem import process
from aem.groups import Group
from ops import account_commands, failures, index_commands, key_commands, recovery_commands
from ops.parameters import FILLED
from provisioning.core import config

_EXAMPLES = """\b
Examples:
  python -m ops --table TABLE create-account acme
  python -m ops --table TABLE list-accounts
  python -m ops --table TABLE create-key acme --name Billing --scope application-entity:read
  python -m ops --table TABLE recheck-associations acme

Region, credentials and endpoint are those of the environment, as for any AWS tool. Secrets are
printed once, alone on a line; lists are JSON, one item a line. Exit codes: 0 done, 1 refused or
failed, 2 used wrongly, 130 interrupted."""


def _check_endpoint(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is not None:
        try:
            parts = urlsplit(value)
            usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise click.BadParameter(f"{value!r} is not a URL such as http://127.0.0.1:8000")
    return value


@click.group(
    cls=Group,
    help="Manage the accounts, API keys and page indexes of a table.",
    epilog=_EXAMPLES,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--table", required=True, type=FILLED, help="Name of the table (TableName, a stack output)."
)
@click.option("--endpoint", callback=_check_endpoint, help="URL of DynamoDB, for a local one.")
def _root(table: str, endpoint: str | None) -> None:
    config.use_table(table)
    if endpoint:
        config.use_endpoint(endpoint)


for module in (account_commands, key_commands, index_commands, recovery_commands):
    for command in module.COMMANDS:
        _root.add_command(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: The command line; None takes the process's own.

    Returns:
        0, or 1 if the command was refused or failed, 2 if it was used wrongly, 130 if it was
        interrupted. The reason is on standard error.
    """
    given = sys.argv[1:] if arguments is None else arguments
    return process.run(_root, given, "python -m ops", failures.explain)
