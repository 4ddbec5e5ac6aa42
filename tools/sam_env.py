"""Makes what ``sam local`` needs: ``make sam-env``, until Ctrl-C.

Runs DynamoDB Local with the template's table and the API key ``local-key``, and writes ``env.json``
for ``sam local invoke``, ``start-api`` and ``start-lambda``. Containers reach DynamoDB Local at the
address of Docker's bridge.

Settings, from the environment:
    HOST: Address of this machine as containers see it (default: 172.17.0.1; on Docker Desktop
        host.docker.internal).
    PORT: Port of DynamoDB Local (default: 8000).
    ENV_FILE: The file to write (default: env.json).
"""

import json
import os
import platform
import signal
import sys
import threading
from pathlib import Path
from typing import Final

from local import engine, seed, table, template
from local.settings import PROJECT, STOP_SIGNALS, LocalError
from local.stack import Stack

BRIDGE: Final = "172.17.0.1"
PORT: Final = "8000"


def environment(table_name: str, host: str, port: int) -> dict[str, dict[str, str]]:
    """Return the content of the environment file.

    Args:
        table_name: Name of the table.
        host: Address of this machine as containers see it.
        port: Port of DynamoDB Local.
    """
    variables = {"AWS_ENDPOINT_URL": f"http://{host}:{port}", "TABLE_NAME": table_name}
    return {"Parameters": variables}


def instructions(file: Path) -> str:
    """Return commands to try, for this machine's processor."""
    machine = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"
    options = f"--env-vars {file.name} --parameter-overrides Architecture={machine}"
    sam, event = ".venv/bin/sam local", "events/applications/list.json"
    lines = [
        "After `make build`, with any credentials and region:",
        "  export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION=us-east-1",
        f"  {sam} invoke Applications --event {event} {options}",
        f"  {sam} start-api {options}",
        f"  {sam} start-lambda {options}",
    ]
    return "\n".join(lines)


def _run(file: Path, host: str, port: int, stop: threading.Event) -> None:
    declared = Stack(template.load(PROJECT / "template.yaml"), PROJECT).table
    database = engine.start(port=port)
    try:
        database.wait()
        table.create(table.client(database.endpoint), declared)
        seed.seed(database.endpoint, declared.name)
        file.write_text(json.dumps(environment(declared.name, host, port), indent=2) + "\n")
        print(f"{file} is written; DynamoDB Local listens on port {port}. Ctrl-C ends it.")
        print(instructions(file), flush=True)
        stop.wait()
    finally:
        database.stop()


def main() -> int:
    """Run DynamoDB Local with the table and write the environment file, until a signal."""
    stop = threading.Event()
    for number in STOP_SIGNALS:
        signal.signal(number, lambda *_: stop.set())
    host, port = os.environ.get("HOST") or BRIDGE, int(os.environ.get("PORT") or PORT)
    file = Path(os.environ.get("ENV_FILE") or PROJECT / "env.json")
    try:
        _run(file, host, port, stop)
    except LocalError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
