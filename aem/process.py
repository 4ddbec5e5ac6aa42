"""Runs a command as a process of Unix does: exit codes, closed pipes, interrupts, encodings."""

import contextlib
import errno
import io
import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import TextIO

import click

from aem.errors import FAILED, INTERRUPTED, OK, USAGE

Explain = Callable[[Exception], int | None]
"""Writes why a command failed and returns its exit code; None for an unknown error."""


def run(root: click.Command, arguments: Sequence[str], name: str, explain: Explain) -> int:
    """Carry out a command line, and return its exit code.

    Args:
        root: The command line.
        arguments: The arguments.
        name: The name of the program, for its usage.
        explain: Explains the errors that commands raise.
    """
    _prepare_streams()
    code = _dispatch(root, arguments, name, explain)
    try:
        sys.stdout.flush()
    except OSError as error:
        failed = _output_failed(error)
        code = code if code == INTERRUPTED else failed
    try:
        sys.stderr.flush()
    except OSError:  # nobody reads it; Python's own attempt would end with 120
        _discard(2)
    return code


def _dispatch(root: click.Command, arguments: Sequence[str], name: str, explain: Explain) -> int:
    try:
        return _result(root, arguments, name)
    except (KeyboardInterrupt, click.exceptions.Abort):
        tell("Interrupted.")
        return INTERRUPTED
    except Exception as error:
        code = explain(error)
        if code is not None:
            return code
        if isinstance(error, OSError):
            return _output_failed(error)
        raise


def _result(root: click.Command, arguments: Sequence[str], name: str) -> int:
    for number, text in enumerate(arguments, 1):
        if any("\ud800" <= each <= "\udfff" for each in text):
            tell(f"Argument {number} is not text in the encoding of this terminal")
            return USAGE
    try:
        result = root.main(list(arguments), prog_name=name, standalone_mode=False)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except SystemExit:
        if isinstance(sys.stdout, click.utils.PacifyFlushWrapper):  # Click met a closed pipe
            raise closed_pipe() from None
        raise
    except click.ClickException as error:
        with contextlib.suppress(OSError):
            error.show(sys.stderr)
        return error.exit_code
    return result if isinstance(result, int) else OK


def tell(text: str) -> None:
    """Write a line to standard error, if it can be written to."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(f"{text}\n")


def _output_failed(error: OSError) -> int:
    """Report that a result could not be written, after the command was carried out."""
    _discard(1)
    tell(f"The command ran, but its output was lost: {error.strerror or type(error).__name__}")
    return FAILED


def closed_pipe() -> BrokenPipeError:
    """Return the error of output that nobody reads."""
    return BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def _discard(descriptor: int) -> None:
    """Let Python flush to nowhere at its end what a stream could not take."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _closed_output() -> TextIO:
    """Return a standard output that fails once it is written to, as a closed one should."""
    unwritable = os.open(os.devnull, os.O_RDONLY)
    os.dup2(unwritable, 1)  # else the next file or socket would be standard output
    return open(1, "w", encoding="utf-8", closefd=False)


def _prepare_streams() -> None:
    """Write what the terminal's encoding lacks as escapes, and treat SIGTERM as Ctrl-C."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if sys.stdout is None:
        sys.stdout = _closed_output()
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    with contextlib.suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGTERM, signal.default_int_handler)
