"""Asks a person at a terminal, on standard error."""

import getpass
import sys
from collections.abc import Callable

from aem.errors import INTERRUPTED, CancelledError
from aem.process import tell
from aem.tables import printable


def ask(prompt: str) -> str:
    """Return the line that a person answers.

    Raises:
        CancelledError: The input ended, or it was interrupted.
    """
    return _asked(prompt, _line)


def ask_hidden(prompt: str) -> str:
    """Return a line that the terminal does not show; the prompt comes once the echo is off.

    Raises:
        CancelledError: The input ended, or it was interrupted.
    """
    return _asked(prompt, lambda shown: getpass.getpass(shown, stream=sys.stderr))


def _asked(prompt: str, read: Callable[[str], str]) -> str:
    try:
        return read(printable(prompt)).strip()
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
