"""Runs measurements and keeps their results: ``python -m bench [SUITE ...]``.

A suite is a module of this package with a function ``run``, which prints its tables as it goes
and returns its figures. They are kept in bench/results.json, each suite under its name.
"""

import argparse
import importlib
import json
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

RESULTS: Final = Path(__file__).with_name("results.json")
SUITES: Final = (
    "bounds", "capacity", "hostile", "huge", "lag", "lean", "moves", "pages", "resets", "senders",
)  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Run the suites that the command line names, or all, and keep their figures.

    Args:
        arguments: The command line; None takes the process's own.

    Returns:
        0, or 1 where a suite missed one of its aims.
    """
    parser = argparse.ArgumentParser(prog="python -m bench", description=main.__doc__)
    parser.add_argument("suites", nargs="*", choices=[[], *SUITES], default=[])
    chosen = parser.parse_args(arguments).suites or SUITES
    results: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    met = True
    for name in chosen:
        figures = importlib.import_module(f"bench.{name}").run()
        results[name] = {"when": datetime.now(UTC).isoformat(timespec="seconds"), **figures}
        results[name]["machine"] = platform.platform()
        met = met and figures.get("met", True)
        RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
