"""Runs the whole system: engine, table, functions and gateway."""

import signal
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import Final, Self

from local import engine, table, template
from local.console import Console
from local.functions import Functions
from local.gateway import throttle
from local.gateway.api import Gateway
from local.gateway.http import Server
from local.seed import API_KEY, seed
from local.settings import PROJECT, LocalError, credentials, number
from local.stack import Stack

HOST: Final = "127.0.0.1"
PROBE: Final = "/provisioning/1/applications?size=1"
WATCH_SECONDS: Final = 1.0
STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Options:
    """What the environment says of a run.

    Attributes:
        port: Port of the gateway.
        in_memory: Whether nothing is kept on disk.
        throttled: Whether the stage's limits are enforced.
        folder: Where data, logs and caches are.
        template: The SAM template.
    """

    port: int = 3000
    in_memory: bool = False
    throttled: bool = False
    folder: Path = PROJECT / ".local"
    template: Path = PROJECT / "template.yaml"

    @property
    def logs(self) -> Path:
        """Where logs are."""
        return self.folder / "logs"

    @classmethod
    def read(cls, env: Mapping[str, str]) -> Self:
        """Read PORT, DATA, THROTTLE, LOCAL_DIR and TEMPLATE.

        Args:
            env: The environment.

        Raises:
            LocalError: A value makes no sense.
        """
        data = env.get("DATA") or "disk"
        if data not in {"disk", "memory"}:
            message = f"DATA must be disk or memory, not {data!r}"
            raise LocalError(message)
        return cls(
            port=number(env, "PORT", cls.port),
            in_memory=data == "memory",
            throttled=bool(env.get("THROTTLE")),
            folder=Path(env.get("LOCAL_DIR") or cls.folder).resolve(),
            template=Path(env.get("TEMPLATE") or cls.template).resolve(),
        )


class System:
    """Everything that runs, from its start to its end."""

    def __init__(self, options: Options, console: Console) -> None:
        """Prepare a run without starting anything.

        Args:
            options: What to run, and where.
            console: Where the person looks.
        """
        self._options = options
        self._console = console
        self._parts = ExitStack()

    def run(self) -> None:
        """Start everything, say so, and go on until the engine ends.

        Raises:
            LocalError: Something could not be started, or the engine ended.
        """
        with self._parts:
            database = self._start()
            while not database.program.wait(WATCH_SECONDS):
                pass
            message = f"DynamoDB Local has ended; see {database.log}"
            raise LocalError(message)

    def _start(self) -> engine.Engine:
        """Start the parts, the engine beside the functions: both take a while."""
        self._options.logs.mkdir(parents=True, exist_ok=True)
        server = self._listen()
        database = self._start_engine()
        stack = self._read_template()
        functions = self._prepare_functions(stack, database)
        gateway = self._prepare_gateway(stack, functions)
        with ThreadPoolExecutor() as warming:
            warm = warming.submit(functions.warm, gateway.functions)
            database.wait()
            self._fill(stack, database)
            warm.result()
        server.start(gateway.handle, gateway.refuse)
        check(server.port)
        self._announce(stack, database, server)
        return database

    def _listen(self) -> Server:
        server = Server(HOST, self._options.port)
        self._parts.callback(server.stop)
        return server

    def _start_engine(self) -> engine.Engine:
        data = None if self._options.in_memory else self._options.folder / "data"
        database = engine.start(data=data, log=self._options.logs / "engine.log")
        self._parts.callback(database.stop)
        return database

    def _read_template(self) -> Stack:
        path = self._options.template
        return Stack(template.load(path, self._options.folder / "template.json"), path.parent)

    def _prepare_functions(self, stack: Stack, database: engine.Engine) -> Functions:
        services = {"AWS_ENDPOINT_URL_DYNAMODB": database.endpoint}
        functions = Functions(
            stack.functions.values(), services, self._options.logs, self._console.note
        )
        self._parts.callback(functions.close)
        return functions

    def _prepare_gateway(self, stack: Stack, functions: Functions) -> Gateway:
        limits = throttle.from_stage(stack.api.stage) if self._options.throttled else None
        gateway = Gateway(stack.api, stack.function_named, functions.invoke, self._console, limits)
        self._parts.callback(gateway.close)
        return gateway

    def _fill(self, stack: Stack, database: engine.Engine) -> None:
        table.create(table.client(database.endpoint), stack.table)
        seed(database.endpoint, stack.table.name)

    def _announce(self, stack: Stack, database: engine.Engine, server: Server) -> None:
        """Tell how to use what runs, the line that scripts wait for last."""
        access = credentials() | {
            "AWS_ENDPOINT_URL_DYNAMODB": database.endpoint,
            "TABLE_NAME": stack.table.name,
        }
        environment = self._options.folder / "env"
        environment.write_text(
            "".join(f"export {name}={value}\n" for name, value in access.items())
        )
        self._console.say(f"key      Authorization: App {API_KEY}")
        self._console.say(f"table    {stack.table.name} at {database.endpoint}; see {environment}")
        self._console.say(f"logs     {self._options.logs}")
        self._console.say(f"ready    http://{HOST}:{server.port}")


def check(port: int) -> None:
    """Make a request as a client would.

    Args:
        port: Port of the gateway.

    Raises:
        LocalError: It is not answered as it should be.
    """
    with closing(HTTPConnection(HOST, port, timeout=30)) as connection:
        connection.request("GET", PROBE, headers={"Authorization": f"App {API_KEY}"})
        response = connection.getresponse()
        if response.status != HTTPStatus.OK:
            message = f"the first request was answered {response.status}: {response.read()!r}"
            raise LocalError(message)


class StoppedError(BaseException):
    """Somebody asked the process to end."""


def stop_once(*_: object) -> None:
    """Leave whatever is being done; a second request changes nothing.

    Raises:
        StoppedError: Always.
    """
    for number_ in STOP_SIGNALS:
        signal.signal(number_, signal.SIG_IGN)
    raise StoppedError


def serve(env: Mapping[str, str]) -> int:
    """Run the system until it is stopped.

    Args:
        env: The environment; see Options.read().

    Returns:
        The process's exit status: 0 if it was asked to end, 1 if it could not go on.
    """
    console = Console()
    for number_ in STOP_SIGNALS:
        signal.signal(number_, stop_once)
    try:
        System(Options.read(env), console).run()
    except StoppedError:
        return 0
    except LocalError as error:
        sys.stderr.write(f"error: {error}\n")
    return 1
