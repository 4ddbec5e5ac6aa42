"""Runs the system until it is stopped."""

import signal
import sys
from collections.abc import Mapping

from local import bundler
from local.console import Console
from local.options import Options
from local.settings import STOP_SIGNALS, LocalError
from local.system import System


class _StoppedError(BaseException):
    """A signal asked the process to end."""


def serve(env: Mapping[str, str]) -> int:
    """Run the system with the options of an environment.

    Returns:
        The exit status: 0 if a signal ended it, 1 if it could not start or continue.
    """
    console = Console()
    for number in STOP_SIGNALS:
        signal.signal(number, _stop_once)
    try:
        options = Options.read(env)
        with bundler.watching(options.logs / "console.log"):
            System(options, console).run()
    except _StoppedError:
        return 0
    except LocalError as error:
        message = str(error)
    except OSError as error:
        message = f"{error.filename or 'cannot write'}: {error.strerror or error}"
    finally:
        console.close()
    sys.stderr.write(f"error: {message}\n")
    return 1


def _stop_once(*_: object) -> None:
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise _StoppedError
