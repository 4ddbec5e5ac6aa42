"""Runs what ``sam build`` made in the Lambda runtime, without Docker: ``python -m tools.runtime``.

Each function runs under AWS's runtime interface emulator (it comes with the SAM CLI) and runtime
interface client, from its built folder and layer, with nothing else of the project importable.
Every file of ``events/`` is sent to its function and the answer checked, against DynamoDB Local.
"""

import http.client
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import samcli

from local import service, table, template
from local.queues import server as queues
from local.resources import Function
from local.settings import PROJECT, credentials
from local.stack import Stack
from provisioning.accounts import accounts, key_creation, principals
from provisioning.core import clock
from tools import engines, interpreters
from tools.samples import ANSWERS

BUILD: Final = PROJECT / ".aws-sam" / "build"
INVOCATION: Final = "/2015-03-31/functions/function/invocations"
START_SECONDS: Final = 20.0
ANSWER_SECONDS: Final = 70.0

Invoke = Callable[[Any], Any]
"""Sends a function an event and returns its answer."""


class RuntimeFailedError(Exception):
    """A function did not start, or answered otherwise than it should."""


def built(folder: Path = BUILD) -> Stack:
    """Return the stack that ``sam build`` made in a folder.

    Raises:
        LocalError: There is none.
    """
    return Stack(template.load(folder / "template.yaml", folder / "translated.json"), folder)


@contextmanager
def running(function: Function, python: Path, environment: dict[str, str]) -> Iterator[Invoke]:
    """Run a function in the Lambda runtime for the length of a with block.

    Args:
        function: The function, with built code and layers.
        python: Its interpreter, which has the runtime interface client.
        environment: Credentials and the endpoints of services.

    Yields:
        What invokes it.

    Raises:
        RuntimeFailedError: The runtime did not start.
    """
    port, api_port = service.free_port(None), service.free_port(None)
    command = [
        *(str(emulator()), "--runtime-interface-emulator-address", f"127.0.0.1:{port}"),
        *("--runtime-api-address", f"127.0.0.1:{api_port}", "--log-level", "error"),
        *(str(python), "-m", "awslambdaric", function.handler),
    ]
    process = subprocess.Popen(
        command,
        cwd=function.code,
        env=_process_environment(function) | environment,
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait(process, port)
        yield lambda event: _invoke(port, event)
    finally:
        process.terminate()
        process.wait()


def emulator() -> Path:
    """Return the runtime interface emulator for this machine's processor."""
    machine = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"
    package = samcli.__file__
    return Path(package).parent / "local" / "rapid" / f"aws-lambda-rie-{machine}"


def _process_environment(function: Function) -> dict[str, str]:
    """Return the environment that Lambda gives to a function's process.

    Neither the code nor the layer can be written to, and packages come from the layer alone.
    """
    packages = [str(function.code), *(str(layer / "python") for layer in function.layers)]
    return {
        **function.environment,
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(function.timeout),
        "LAMBDA_TASK_ROOT": str(function.code),
        "LANG": "en_US.UTF-8",
        "PATH": os.defpath,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join(packages),
        "TZ": ":UTC",
    }


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not service.answers(port):
        if process.poll() is not None or time.monotonic() > deadline:
            message = f"the runtime did not start: {process.args!r}"
            raise RuntimeFailedError(message)
        time.sleep(service.POLL_SECONDS)


def _invoke(port: int, event: Any) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
    connection.request("POST", INVOCATION, json.dumps(event))
    with connection.getresponse() as response:
        answer = json.load(response)
    connection.close()
    return answer


def sample(name: str) -> Any:
    """Return an event of ``events/``, by its path there without the ending.

    A submission is as if it were submitted now: one of long ago is refused.
    """
    event = json.loads((PROJECT / "events" / f"{name}.json").read_text())
    for record in event.get("Records", ()):
        if record["eventSource"] == "aws:sqs":
            record["body"] = json.dumps(json.loads(record["body"]) | {"submittedAt": clock.now()})
    return event


def check(name: str, expected: object, answer: Any) -> None:
    """Compare an answer with the expected HTTP status or document.

    Raises:
        RuntimeFailedError: They differ.
    """
    found = answer.get("statusCode", answer) if isinstance(expected, int) else answer
    if found != expected:
        message = f"{name}: {expected} was expected, not {answer}"
        raise RuntimeFailedError(message)


def send_all(stack: Stack, python: Path, environment: dict[str, str]) -> Iterator[str]:
    """Send every sample event to its function and check its answer.

    Args:
        stack: The built stack.
        python: What functions run on.
        environment: Credentials, endpoints and the table's name, which has the key ``local-key``.

    Yields:
        A line about each answer.

    Raises:
        RuntimeFailedError: A function did not start or answer as expected.
    """
    functions = {function.code.name: function for function in stack.functions.values()}
    with ExitStack() as cleanup:
        invoke: dict[str, Invoke] = {}
        for name, expected in ANSWERS:
            folder = name.partition("/")[0]
            if folder not in invoke:
                context = running(functions[folder], python, environment)
                invoke[folder] = cleanup.enter_context(context)
            started = time.perf_counter()
            check(name, expected, invoke[folder](sample(name)))
            yield f"{name}: {expected} in {(time.perf_counter() - started) * 1000:.0f} ms"


def prepare(stack: Stack, environment: dict[str, str]) -> None:
    """Create the queues, the table and the API key that the sample events name."""
    os.environ.update(environment)
    queues.create(queues.client(environment["AWS_ENDPOINT_URL_SQS"]), stack.queues)
    table.create(table.client(environment["AWS_ENDPOINT_URL_DYNAMODB"]), stack.table)
    accounts.create("local")
    key_creation.create_key("local", principals.SCOPES, "local-key")


def main() -> int:
    """Run every sample event through the last build and print the results."""
    stack, chosen = built(), interpreters.version()
    if chosen != interpreters.TARGET:
        print(f"No Python {interpreters.TARGET} here.")
        print(f"Run `TARGET_VERSION={chosen} make build` before this.")
    with ExitStack() as cleanup:
        queue_server = queues.start()
        cleanup.callback(queue_server.stop)
        endpoint = cleanup.enter_context(engines.running())
        queue_server.wait()
        environment = credentials() | {
            "AWS_ENDPOINT_URL_DYNAMODB": endpoint,
            "AWS_ENDPOINT_URL_SQS": queue_server.endpoint,
            "TABLE_NAME": stack.table.name,
        }
        prepare(stack, environment)
        for line in send_all(stack, interpreters.interpreter(chosen), environment):
            print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
