"""The entry point: ``aem``, or ``python -m aem``."""

import os
import sys
from collections.abc import Sequence

import click

from aem import account_commands, cli, extra_commands, numbers, process
from aem.document import Document
from aem.errors import FAILED, CommandError, UsageError
from aem.output import Output


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command and return its exit code.

    Args:
        arguments: The command line; None takes the process's own.
    """
    root = command_line()
    given = sys.argv[1:] if arguments is None else arguments
    state = cli.Session()
    root.context_settings = {**root.context_settings, "obj": state}

    def explain(error: Exception) -> int | None:
        if not isinstance(error, CommandError):
            return _unforeseen(error)
        _output(state).fail(error)
        return error.code

    return process.run(root, given, "aem", explain)


def _unforeseen(error: Exception) -> int | None:
    """Write a line about a fault of this program; None where its traceback is wanted."""
    if isinstance(error, OSError) or os.environ.get("AEM_TRACEBACK"):
        return None
    process.tell(f"aem has a fault: {type(error).__name__}; AEM_TRACEBACK=1 shows where")
    return FAILED


def command_line() -> click.Group:
    """Return all commands."""
    root = cli.build(Document.load())
    account_commands.add(root)
    extra_commands.add(root)
    numbers.add(root)
    cli.describe_groups(root)
    return root


def _output(state: cli.Session) -> Output:
    try:
        return state.output()
    except UsageError:
        return Output()


if __name__ == "__main__":
    sys.exit(main())
