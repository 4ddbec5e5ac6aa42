"""Runs inside a function's process: imports its handler and answers invocations.

Run as a script, isolated from the developer's environment, as the Lambda
runtime does it. One invocation at a time, since libraries keep the current
request in the process. What the function prints goes to its log; invocations
and answers go through a socket of their own.

Both directions carry frames: a length of four bytes, then that many bytes. An
invocation is two frames (facts about it as JSON, then the event), an answer is
one, whose first byte says whether it is the function's RESULT or its FAILURE.
"""

import importlib
import json
import os
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, BinaryIO

RESULT, FAILURE = b"R", b"F"
_LENGTH_BYTES = 4


def _setting(name: str) -> Any:
    return field(default_factory=partial(os.environ.__getitem__, f"AWS_LAMBDA_{name}"))


@dataclass
class Context:
    """Lambda's context object; `deadline`, its end by force, is in seconds since 1970."""

    aws_request_id: str
    invoked_function_arn: str
    deadline: float
    function_name: str = _setting("FUNCTION_NAME")
    function_version: str = "$LATEST"
    memory_limit_in_mb: str = _setting("FUNCTION_MEMORY_SIZE")
    log_group_name: str = _setting("LOG_GROUP_NAME")
    log_stream_name: str = _setting("LOG_STREAM_NAME")

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the deadline."""
        return max(0, int((self.deadline - time.time()) * 1000))


def _set_path(code: str, layers: list[str], project: str) -> None:
    """Make importable what a deployed function can import, and nothing else of the project."""
    own = f"{sys.prefix}/"
    kept = [entry for entry in sys.path if entry.startswith(own) or not entry.startswith(project)]
    layered = [place for layer in layers for place in (f"{layer}/python", layer)]
    sys.path[:] = [code, *layered, *kept]


def _failure(error: BaseException) -> bytes:
    """Log an error with its stack, and return its frame as Lambda describes it."""
    stack = traceback.format_exception(error)
    sys.stdout.write(f"[ERROR] {type(error).__name__}: {error}\n{''.join(stack)}")
    described = {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": stack}
    return FAILURE + json.dumps(described).encode()


def read_frame(stream: BinaryIO) -> bytes | None:
    """Read one frame; None at the end of the stream."""
    header = stream.read(_LENGTH_BYTES)
    return stream.read(int.from_bytes(header, "big")) if len(header) == _LENGTH_BYTES else None


def write_frame(channel: socket.socket, payload: bytes) -> None:
    """Write one frame."""
    channel.sendall(len(payload).to_bytes(_LENGTH_BYTES, "big") + payload)


def _answer(handler: Callable[..., Any], facts: Mapping[str, Any], event: bytes) -> bytes:
    """Run one invocation with the facts that worker.py sends, and return the answer's frame."""
    os.environ["_X_AMZN_TRACE_ID"] = facts["trace"]
    context = Context(facts["requestId"], facts["arn"], facts["deadline"])
    try:
        return RESULT + json.dumps(handler(json.loads(event), context), ensure_ascii=False).encode()
    except Exception as error:  # noqa: BLE001 - a function may raise anything; it is reported
        return _failure(error)
    finally:
        sys.stdout.flush()


def _end_with_parent(lifeline: int) -> None:
    """End the process at once when the local system is gone, in the middle of a handler too."""
    os.read(lifeline, 1)
    os._exit(1)


def main() -> None:
    """Import the handler, report that it is ready, and answer invocations until the end."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    threading.Thread(target=_end_with_parent, args=(int(sys.argv[2]),), daemon=True).start()
    settings = json.loads(sys.argv[3])
    _set_path(settings["code"], settings["layers"], settings["project"])
    module, _, name = settings["handler"].rpartition(".")
    try:
        handler = getattr(importlib.import_module(module), name)
    except BaseException as error:  # noqa: BLE001 - SystemExit at import is a failure too
        write_frame(channel, _failure(error))
        return
    write_frame(channel, RESULT)
    stream = channel.makefile("rb")
    while (facts := read_frame(stream)) is not None:
        event = read_frame(stream)
        if event is not None:
            write_frame(channel, _answer(handler, json.loads(facts), event))


if __name__ == "__main__":
    main()
