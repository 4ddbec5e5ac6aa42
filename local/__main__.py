"""`python -m local serve`: the whole system on this machine."""

import argparse
import os
import sys

from local.serve import serve

SETTINGS = """
settings, from the environment:
  PORT=3000       port of the API
  DATA=disk       where the table is: disk (kept in .local/data) or memory
  THROTTLE=1      enforce the stage's limits on requests, which are off by default
  LOCAL_DIR=DIR   folder for data, logs and caches instead of .local
  TEMPLATE=FILE   SAM template instead of template.yaml
"""


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
    return serve(os.environ)


if __name__ == "__main__":
    sys.exit(main())
