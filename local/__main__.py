"""`python -m local serve`: the whole system on this machine."""

import argparse
import os
import signal
import sys
from typing import Final, NoReturn

from local.settings import STOP_SIGNALS

_SETTINGS: Final = """
settings, from the environment:
  PORT=3000               port of the API; 0 for any free one
  DATA=disk               disk: keep data in LOCAL_DIR; memory: keep nothing
  LOCAL_DIR=.local        folder for data, logs and caches
  TEMPLATE=template.yaml  SAM template to run
  PARAMETERS=...          Name=value pairs for the template's parameters, separated by spaces
  FUNCTIONS_DYNAMODB=URL  another DynamoDB endpoint for the functions
  CAPACITY=aws            limits of a real table, or others: partition-writes=300,latency=5
                          (names: capacity/settings.py)
"""


def main() -> int:
    """Run the command of the command line, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m local",
        description=__doc__,
        epilog=_SETTINGS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=["serve"], help="run everything until Ctrl-C")
    parser.parse_args()
    for number in STOP_SIGNALS:
        signal.signal(number, _stop_once)
    from local.system import serve  # noqa: PLC0415 - a signal during this slow import must end it

    sys.stderr.write(f"error: {serve(os.environ)}\n")
    return 1


def _stop_once(*_: object) -> NoReturn:
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())
