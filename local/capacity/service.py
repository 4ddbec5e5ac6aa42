"""The capacity model as a process of its own, which shares no interpreter with what it limits."""

import os
import sys
from pathlib import Path

from local import lifeline
from local.service import Service, free_port


def start(upstream: str, capacity: str, log: Path | None = None) -> Service:
    """Start the model without waiting for it.

    Args:
        upstream: Endpoint of the engine.
        capacity: What is allowed, as ``CAPACITY`` says it.
        log: File to which its output is appended; dropped if None.

    Returns:
        The model, starting.
    """
    port = free_port()
    command = [sys.executable, "-m", "local.capacity", "--upstream", upstream]
    command += ["--port", str(port), "--capacity", capacity]
    with Path(os.devnull if log is None else log).open("ab") as output:
        return Service("the capacity model", port, lifeline.start(command, output=output), log)
