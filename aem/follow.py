"""Follows operations until they have ended."""

from collections.abc import Mapping
from typing import Any

from aem.client import Client
from aem.errors import FAILED, INTERRUPTED, OK
from aem.output import Output


def follow(client: Client, output: Output, location: str) -> int:
    """Follow an operation with a progress bar until it has ended.

    Returns:
        0 if it succeeded, 1 if it did not, 130 if following was interrupted.
    """
    operation_id = location.rpartition("/")[2]
    output.note(f"Operation {operation_id}; follow it with: aem operations watch {operation_id}")
    current: Mapping[str, Any] = {}
    try:
        with output.progress() as progress:
            shown = progress.add_task("operation", total=None, speed="")
            for current in client.operation(location):
                progress.update(
                    shown,
                    description=current["state"].lower(),
                    completed=current.get("done", 0),
                    total=current.get("total"),
                    speed=_speed(current),
                )
    except KeyboardInterrupt:
        output.warn(f"The operation goes on; follow it with: aem operations watch {operation_id}")
        return INTERRUPTED
    output.show(current)
    return OK if current["state"] == "SUCCEEDED" else FAILED


def _speed(operation: Mapping[str, Any]) -> str:
    rate, end = operation.get("rate"), operation.get("estimatedEndAt")
    words = [f"{rate:g}/s" if isinstance(rate, int | float) else "", f"ends {end}" if end else ""]
    return ", ".join(filter(None, words))
