"""Runs in the process of a function that is measured, and imports nothing of the project.

``python probe.py MODE EVENT...`` imports ``app`` as Lambda does, hands it events (files of JSON)
and prints figures as JSON.

start: Answers each event once, and ends at once: taking a process down is no part of a start.
warm: Answers each event many times: processor milliseconds for one, in the middle of the field.
memory: Answers the events in turn, ten thousand in all: resident megabytes on the way.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import time

TYPE_CHECKING = False  # as typing has it, which is not imported here
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

WARM = 400
SETTLED = 500
MANY = 10_000
CLIENT_ERROR = 400
SERVER_ERROR = 500


class Context:
    """The context that Lambda passes to a function."""

    function_name = "function"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:function"
    aws_request_id = "0115acd1-bcbc-5e45-93ec-8c36a22b6091"

    def get_remaining_time_in_millis(self) -> int:
        """Return the time that is left."""
        return 10_000


def _answer(handler: Callable[..., Any], event: Any, bound: int = CLIENT_ERROR) -> None:
    answer = handler(event, Context())
    if answer and answer.get("statusCode", 0) >= bound:
        sys.exit(f"not answered: {answer}")


def _warm(handler: Callable[..., Any], event: Any) -> float:
    times = []
    for _ in range(WARM):
        started = time.process_time()
        _answer(handler, event)
        times.append(time.process_time() - started)
    return sorted(times)[WARM // 2] * 1000


def _megabytes() -> float:
    gc.collect()
    with open("/proc/self/statm") as pages:
        return int(pages.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def _memory(handler: Callable[..., Any], events: list[Any]) -> dict[str, float]:
    def run(count: int) -> float:
        for number in range(count):
            _answer(handler, events[number % len(events)])
        return _megabytes()

    return {"rest": run(0), "settled": run(SETTLED), "after": run(MANY - SETTLED)}


def main() -> None:
    """Do as the command line says."""
    mode, *names = sys.argv[1:]
    events = [json.loads(open(name).read()) for name in names]
    output, sys.stdout = sys.stdout, open(os.devnull, "w")
    handler = importlib.import_module("app").handler
    figures: object = None
    if mode == "start":
        for event in events:
            _answer(handler, event, SERVER_ERROR)
        os._exit(0)
    if mode == "warm":
        figures = [_warm(handler, event) for event in events]
    else:
        figures = _memory(handler, events)
    json.dump(figures, output)


main()
