"""The entry point: ``aem``, or ``python -m aem``."""

import contextlib
import io
import os
import signal
import sys
from collections.abc import Sequence

import click

from aem import account_commands, cli, extra_commands, numbers
from aem.document import Document
from aem.errors import FAILED, INTERRUPTED, OK, CommandError, UsageError
from aem.output import Output, discard_output


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command and return its exit code.

    Args:
        arguments: The command line; None takes the process's own.
    """
    _tolerate_encodings()
    code = _run(arguments)
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:  # the reader has enough (`| head`); the command did what it said
        discard_output()
    except OSError as error:
        return _output_failed(error)
    return code


def _run(arguments: Sequence[str] | None) -> int:
    """Carry out a command, and report what goes wrong outside of Click."""
    state = cli.Session()
    try:
        return _dispatch(arguments, state)
    except CommandError as error:
        _explain(state, error)
        return error.code
    except BrokenPipeError:
        discard_output()
        return OK
    except OSError as error:
        return _output_failed(error)
    except (KeyboardInterrupt, click.exceptions.Abort):
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write("Interrupted.\n")
        return INTERRUPTED


def _dispatch(arguments: Sequence[str] | None, state: cli.Session) -> int:
    """Parse the command line and run its command."""
    root = cli.build(Document.load())
    account_commands.add(root)
    extra_commands.add(root)
    numbers.add(root)
    given = None if arguments is None else list(arguments)
    try:
        result = root.main(given, prog_name="aem", standalone_mode=False, obj=state)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        error.show(sys.stderr)
        return error.exit_code
    return result if isinstance(result, int) else OK


def _explain(state: cli.Session, error: CommandError) -> None:
    try:
        output = state.output()
    except UsageError:
        output = Output()
    with contextlib.suppress(OSError):
        output.fail(error)


def _output_failed(error: OSError) -> int:
    """Report that a result could not be written, after the command was carried out."""
    discard_output()
    with contextlib.suppress(OSError):
        sys.stderr.write(f"The command ran, but its output was lost: {error.strerror}\n")
    return FAILED


def _tolerate_encodings() -> None:
    """Write what the terminal's encoding does not have as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    with contextlib.suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGTERM, signal.default_int_handler)


if __name__ == "__main__":
    sys.exit(main())
