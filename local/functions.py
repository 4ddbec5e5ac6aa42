"""Invokes the functions of the stack."""

import os
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from local.lifeline import Lifeline
from local.logs import FunctionLog
from local.pool import Pool
from local.resources import Function
from local.settings import LocalError, credentials
from local.worker import Answer

_WORKERS: Final = max(4, os.cpu_count() or 1)
"""Most concurrent invocations of one function."""


class Functions:
    """Runs functions; each has its own processes."""

    def __init__(
        self,
        functions: Iterable[Function],
        services: Mapping[str, str],
        logs: Path,
        echo: Callable[[str], None],
    ) -> None:
        """Start nothing yet; `services` are variables that lead AWS libraries to local servers.

        Each function has a log file in the folder `logs`; errors are shown by `echo` too.
        """
        self._folder = logs
        self._lifeline = Lifeline()
        self._echo = echo
        self._closed = False
        self._pools = {
            function.logical_id: Pool(
                function,
                _environment(function, services),
                self._lifeline,
                min(_WORKERS, function.concurrency or _WORKERS),
                FunctionLog(function.logical_id, logs, echo),
            )
            for function in functions
        }

    def invoke(self, logical_id: str, event: bytes) -> Answer:
        """Invoke a function with an event as JSON, and return its result or failure."""
        trace = f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)};Sampled=0"
        answer = self._pools[logical_id].invoke(event, trace)
        if answer.kind in {"Runtime.ExitError", "Sandbox.Timedout"} and not self._closed:
            self._echo(f"{logical_id}: {answer.payload.decode()}")
        return answer

    def function(self, logical_id: str) -> Function:
        """Return the function with a logical id."""
        return self._pools[logical_id].function

    def warm(self, logical_id: str) -> None:
        """Start one worker of a function, if it has none, and wait until it is ready.

        Raises:
            LocalError: The function cannot be imported.
        """
        if not self._pools[logical_id].warm():
            message = f"cannot start {logical_id}; the reason is above and in {self._folder}"
            raise LocalError(message)

    def close(self) -> None:
        """End all processes; a second call changes nothing."""
        if self._closed:
            return
        self._closed = True
        for pool in self._pools.values():
            pool.close()
        for pool in self._pools.values():
            pool.join()
            pool.log.close()
        self._lifeline.cut()


def _environment(function: Function, services: Mapping[str, str]) -> dict[str, str]:
    """Build the whole environment of a function's process.

    Of the developer's environment it has only PATH, so a function that works
    here does not depend on the rest.
    """
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        **credentials(),
        **services,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_SAM_LOCAL": "true",
        "ANSWER_SECONDS": "5",
        "LAMBDA_TASK_ROOT": str(function.code),
        "_HANDLER": function.handler,
        **function.environment,
    }
