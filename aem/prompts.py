"""Asks a person at a terminal, on standard error."""

import getpass
import sys
from collections.abc import Callable

from aem.errors import INTERRUPTED, CancelledError, UsageError
from aem.process import tell
from aem.tables import printable


def ask(prompt: str) -> str:
    """Return the line that a person answers.

    Raises:
        CancelledError: The input ended, or it was interrupted.
        UsageError: The answer is not text.
    """
    return _asked(prompt, _line)


def ask_hidden(prompt: str) -> str:
    """Return a line that the terminal does not show; the prompt comes once the echo is off.

    Raises:
        CancelledError: The input ended, or it was interrupted.
        UsageError: The answer is not text.
    """
    return _asked(prompt, lambda shown: getpass.getpass(shown, stream=sys.stderr))


def piped(option: str) -> str:
    """Return the first line of standard input.

    Args:
        option: The option that asks for it.

    Raises:
        UsageError: There is none.
    """
    if sys.stdin is None:
        raise UsageError(f"{option}: standard input is closed")
    try:
        line = sys.stdin.readline().removeprefix("\ufeff").rstrip("\r\n")
    except UnicodeDecodeError:
        raise UsageError(f"{option}: standard input is not UTF-8") from None
    if not line.strip():
        raise UsageError(f"{option}: standard input is empty")
    return line


def _asked(prompt: str, read: Callable[[str], str]) -> str:
    try:
        return read(printable(prompt)).strip()
    except UnicodeDecodeError:
        tell("")
        raise UsageError("What was typed is not text in the encoding of this terminal") from None
    except EOFError:
        tell("")
        raise CancelledError from None
    except KeyboardInterrupt:
        tell("")
        raise CancelledError(INTERRUPTED) from None


def _line(prompt: str) -> str:
    """Return a line from standard input.

    Raises:
        EOFError: The input ended.
    """
    sys.stderr.write(prompt)
    sys.stderr.flush()
    answer = sys.stdin.readline()
    if not answer:
        raise EOFError
    return answer
