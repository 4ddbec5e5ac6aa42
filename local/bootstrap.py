"""Runs inside a function's process: imports its handler and answers invocations.

Run as a script, isolated from the developer's environment, as the Lambda
runtime does it. One invocation at a time, since libraries keep the current
request in the process. What the function prints goes to its log; invocations
and answers go through a socket of their own.

Both directions carry frames: a length of four bytes, then that many bytes. An
invocation is two frames (facts about it as JSON, then the event), an answer is
one, whose first byte tells whether it is the function's RESULT or its FAILURE.
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
from decimal import Decimal
from typing import Any, BinaryIO

RESULT, FAILURE = b"R", b"F"


@dataclass
class Context:
    """What Lambda passes to a handler beside the event.

    The names are Lambda's own.
    """

    aws_request_id: str
    invoked_function_arn: str
    deadline: float
    function_name: str = field(default_factory=lambda: os.environ["AWS_LAMBDA_FUNCTION_NAME"])
    function_version: str = "$LATEST"
    memory_limit_in_mb: str = field(
        default_factory=lambda: os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
    )
    log_group_name: str = field(default_factory=lambda: os.environ["AWS_LAMBDA_LOG_GROUP_NAME"])
    log_stream_name: str = field(default_factory=lambda: os.environ["AWS_LAMBDA_LOG_STREAM_NAME"])
    client_context: None = None
    identity: None = None

    def get_remaining_time_in_millis(self) -> int:
        """Give the milliseconds until the invocation is ended by force."""
        return max(0, int((self.deadline - time.time()) * 1000))

    def log(self, message: str) -> None:
        """Write a line to the function's log."""
        sys.stdout.write(f"{message}\n")


def set_path(code: str, layers: list[str], project: str) -> None:
    """Make importable what a deployed function can import, and nothing else of the project."""
    prefix = os.path.join(sys.prefix, "")  # noqa: PTH118 - pathlib would be imported for this only
    kept = [
        entry for entry in sys.path if entry.startswith(prefix) or not entry.startswith(project)
    ]
    layered = [place for layer in layers for place in (os.path.join(layer, "python"), layer)]  # noqa: PTH118
    sys.path[:] = [code, *layered, *kept]


def load(handler: str) -> Callable[[Any, Context], Any]:
    """Import the handler, named `module.function`."""
    module, _, name = handler.rpartition(".")
    function: Callable[[Any, Context], Any] = getattr(importlib.import_module(module), name)
    return function


def failure(error: BaseException, request_id: str | None = None) -> dict[str, Any]:
    """Describe an error as Lambda does, and log it with its stack."""
    stack = traceback.format_exception(error)
    sys.stdout.write(f"[ERROR] {type(error).__name__}: {error}\n{''.join(stack)}")
    described = {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": stack}
    return described if request_id is None else {**described, "requestId": request_id}


def encode(value: Any) -> bytes:
    """Write an answer as JSON; numbers read from DynamoDB too."""
    return json.dumps(value, ensure_ascii=False, default=plain).encode()


def plain(value: Any) -> Any:
    """Turn a Decimal into a JSON number; nothing else is known."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    message = f"Object of type {type(value).__name__} is not JSON serializable"
    raise TypeError(message)


def read_frame(stream: BinaryIO) -> bytes | None:
    """Read one frame; None when there will be no more."""
    header = stream.read(4)
    if len(header) < 4:  # noqa: PLR2004 - the bytes of the length
        return None
    return stream.read(int.from_bytes(header, "big"))


def write_frame(channel: socket.socket, payload: bytes) -> None:
    """Write one frame."""
    channel.sendall(len(payload).to_bytes(4, "big") + payload)


def answer(handler: Callable[[Any, Context], Any], facts: Mapping[str, Any], event: bytes) -> bytes:
    """Run one invocation.

    Args:
        handler: The function.
        facts: `requestId`, `arn`, `deadline` (seconds since 1970) and `trace`.
        event: The event as JSON.

    Returns:
        The answer's frame.
    """
    os.environ["_X_AMZN_TRACE_ID"] = facts["trace"]
    context = Context(facts["requestId"], facts["arn"], facts["deadline"])
    try:
        return RESULT + encode(handler(json.loads(event), context))
    except Exception as error:  # noqa: BLE001 - a function may raise anything; the caller is told
        return FAILURE + encode(failure(error, context.aws_request_id))
    finally:
        sys.stdout.flush()


def end_with_parent(lifeline: int) -> None:
    """End the process at once when the local system is gone, in the middle of a handler too."""
    os.read(lifeline, 1)
    os._exit(1)


def main() -> None:
    """Import the handler, tell that it is ready, and answer until there is nothing more."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    threading.Thread(target=end_with_parent, args=(int(sys.argv[2]),), daemon=True).start()
    settings = json.loads(sys.argv[3])
    set_path(settings["code"], settings["layers"], settings["project"])
    try:
        handler = load(settings["handler"])
    except BaseException as error:  # noqa: BLE001 - SystemExit at import is a failure too
        write_frame(channel, FAILURE + encode(failure(error)))
        return
    write_frame(channel, RESULT)
    stream = channel.makefile("rb")
    while (facts := read_frame(stream)) is not None:
        event = read_frame(stream)
        if event is not None:
            write_frame(channel, answer(handler, json.loads(facts), event))


if __name__ == "__main__":
    main()
