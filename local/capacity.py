"""Starts the capacity model (package `capacity`) in a process of its own."""

import os
import sys
from pathlib import Path

from local import lifeline
from local.service import Service, free_port


def start(upstream: str, limits: str, log: Path | None = None) -> Service:
    """Start the model in front of the engine at `upstream`, without waiting for it.

    Args:
        upstream: Endpoint of the engine.
        limits: Text of CAPACITY.
        log: File to which its output is appended; discarded if None.
    """
    port = free_port()
    command = [sys.executable, "-m", "capacity", "--upstream", upstream]
    command += ["--port", str(port), "--capacity", limits]
    with Path(os.devnull if log is None else log).open("ab") as output:
        return Service("the capacity model", port, lifeline.start(command, output=output), log)
