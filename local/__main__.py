"""`python -m local serve`: the whole system on this machine."""

import argparse
import os
import signal
import sys
from typing import NoReturn

from local.settings import STOP_SIGNALS

SETTINGS = """
settings, from the environment:
  PORT=3000       port of the API
  DATA=disk       where the table is: disk (kept in .local/data) or memory
  THROTTLE=1      enforce the stage's limits on requests, which are off by default
  CAPACITY=aws    let the table refuse what a real one would, or by other limits, such as
                  partition-writes=300,partition-reads=900,latency=5 (local/capacity/settings.py)
  FUNCTIONS_DYNAMODB=URL  lead functions to a proxy in front of the table
  LOCAL_DIR=DIR   folder for data, logs and caches instead of .local
  TEMPLATE=FILE   SAM template instead of template.yaml
  PARAMETERS=...  Name=value pairs for the template's parameters, between spaces
"""


def leave(*_: object) -> NoReturn:
    """End before anything has been started.

    Raises:
        SystemExit: Always.
    """
    sys.exit(0)


def main() -> int:
    """Read the command line and run the command."""
    parser = argparse.ArgumentParser(
        prog="python -m local",
        description=__doc__,
        epilog=SETTINGS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=["serve"], help="run everything until Ctrl-C")
    parser.parse_args()
    for number in STOP_SIGNALS:
        signal.signal(number, leave)
    from local.serve import serve  # noqa: PLC0415 - takes a while, in which one may want to leave

    return serve(os.environ)


if __name__ == "__main__":
    sys.exit(main())
