"""Follows operations until they have ended."""

from collections.abc import Mapping, Sequence
from typing import Any

from aem import tables
from aem.client import Client, fill
from aem.errors import FAILED, INTERRUPTED, OK
from aem.output import Output

OPERATION = "/provisioning/1/operations/{operationId}"


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
                    completed=tables.whole(current.get("done")),
                    total=tables.whole(current.get("total")),
                    speed=_speed(current),
                )
    except KeyboardInterrupt:
        output.warn(f"The operation goes on; follow it with: aem operations watch {operation_id}")
        return INTERRUPTED
    output.show(current)
    return OK if current["state"] == "SUCCEEDED" else FAILED


def follow_all(client: Client, output: Output, operation_ids: Sequence[str]) -> int:
    """Follow operations until all of them have ended.

    Returns:
        0 if all succeeded, 1 if one did not, 130 if following was interrupted.
    """
    failed: list[str] = []
    try:
        with output.progress() as progress:
            shown = progress.add_task("moving", total=len(operation_ids), speed="")
            for operation_id in operation_ids:
                path = fill(OPERATION, {"operationId": operation_id})
                *_, last = client.operation(path)
                failed += [operation_id] if last["state"] != "SUCCEEDED" else []
                progress.update(shown, advance=1)
    except KeyboardInterrupt:
        return INTERRUPTED
    for operation_id in failed:
        output.warn(f"An operation did not succeed; see: aem operations get {operation_id}")
    return FAILED if failed else OK


def _speed(operation: Mapping[str, Any]) -> str:
    rate, end = operation.get("rate"), operation.get("estimatedEndAt")
    words = [f"{rate:g}/s" if isinstance(rate, int | float) else "", f"ends {end}" if end else ""]
    return ", ".join(filter(None, words))
