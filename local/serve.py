"""Runs the system until somebody stops it."""

import signal
import sys
from collections.abc import Mapping

from local import bundler
from local.console import Console
from local.options import Options
from local.settings import STOP_SIGNALS, LocalError
from local.system import System


class StoppedError(BaseException):
    """Somebody asked the process to end."""


def stop_once(*_: object) -> None:
    """Leave whatever is being done; a second request changes nothing.

    Raises:
        StoppedError: Always.
    """
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise StoppedError


def serve(env: Mapping[str, str]) -> int:
    """Run the system until it is stopped.

    Args:
        env: The environment; see Options.read().

    Returns:
        The process's exit status: 0 if it was asked to end, 1 if it could not go on.
    """
    console = Console()
    for number in STOP_SIGNALS:
        signal.signal(number, stop_once)
    try:
        options = Options.read(env)
        with bundler.watching(options.logs / "console.log"):
            System(options, console).run()
    except StoppedError:
        return 0
    except LocalError as error:
        console.close()
        sys.stderr.write(f"error: {error}\n")
        return 1
    finally:
        console.close()
