"""Starts the capacity model (package `capacity`) in a process of its own."""

import sys
from pathlib import Path

from local.service import Service, launch


def start(upstream: str, limits: str, log: Path | None = None) -> Service:
    """Start the model in front of the engine at `upstream`, with the limits of CAPACITY's text."""
    options = ["--upstream", upstream, "--capacity", limits, "--port"]
    program = [sys.executable, "-m", "capacity", *options]
    return launch("the capacity model", lambda port: [*program, str(port)], log=log)
