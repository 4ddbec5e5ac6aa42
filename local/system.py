"""Everything that runs: table, queues, functions, gateway, and what drives functions."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Final, NoReturn

from local import engine, table, template
from local.capacity import service as capacity
from local.console import Console
from local.functions import Functions
from local.gateway import throttle
from local.gateway.api import Gateway
from local.gateway.http import Server
from local.options import Options
from local.queues import server as queue_server
from local.queues.mappings import QueueMappings
from local.schedules import Schedules
from local.seed import API_KEY, seed
from local.service import HOST, Service
from local.settings import LocalError, credentials
from local.stack import Stack
from local.streams.mappings import StreamMappings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

PROBE: Final = "/provisioning/1/applications"
WATCH_SECONDS: Final = 1.0


@dataclass(frozen=True)
class Backends:
    """The servers behind the functions.

    Attributes:
        tables: DynamoDB Local.
        queues: fauxqs.
    """

    tables: Service
    queues: Service

    @property
    def endpoints(self) -> dict[str, str]:
        """Variables that lead AWS libraries to them."""
        return {
            "AWS_ENDPOINT_URL_DYNAMODB": self.tables.endpoint,
            "AWS_ENDPOINT_URL_SQS": self.queues.endpoint,
        }

    def begin_stop(self) -> None:
        """Ask them to end, without waiting."""
        self.tables.program.begin_stop()
        self.queues.program.begin_stop()

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """Client of the tables."""
        return table.client(self.tables.endpoint)

    @cached_property
    def sqs(self) -> "SQSClient":
        """Client of the queues."""
        return queue_server.client(self.queues.endpoint)


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

    def run(self) -> NoReturn:
        """Start everything, say so, and go on until a part of it ends.

        Raises:
            LocalError: Something could not be started, or has ended.
        """
        with self._parts:
            services = self._start()
            while not any(service.program.wait(WATCH_SECONDS) for service in services):
                pass
            ended = next(service for service in services if service.program.ended)
            message = f"{ended.name} has ended; see {ended.log}"
            raise LocalError(message)

    def _start(self) -> list[Service]:
        """Start the parts, the servers beside the first function: both take a while."""
        self._options.logs.mkdir(parents=True, exist_ok=True)
        gate = self._listen()
        backends = self._start_backends()
        stack = self._read_template(backends)
        warming = self._parts.enter_context(ThreadPoolExecutor())
        functions = self._prepare_functions(stack, backends)
        gateway = self._prepare_gateway(stack, functions)
        warm = warming.submit(functions.warm, first_functions(gateway))
        fill(stack, backends)
        warm.result()
        gate.start(gateway.handle, gateway.refuse)
        check(gate.port)
        self._drive(stack, functions, backends)
        self._parts.callback(gate.stop)  # before all that answers need
        self._announce(stack, backends, gate)
        threading.Thread(target=self._warm_rest, args=(functions, gateway), daemon=True).start()
        return [backends.tables, backends.queues]

    def _listen(self) -> Server:
        gate = Server(HOST, self._options.port)
        self._parts.callback(gate.stop)
        return gate

    def _start_backends(self) -> Backends:
        data, logs = self._options.data, self._options.logs
        tables = engine.start(data=data, log=logs / "tables.log")
        self._parts.callback(tables.stop)
        queues = queue_server.start(data=data, log=logs / "queues.log")
        self._parts.callback(queues.stop)
        backends = Backends(tables, queues)
        self._parts.callback(backends.begin_stop)  # so that they end side by side
        return backends

    def _read_template(self, backends: Backends) -> Stack:
        path = self._options.template
        translated = template.load(path, self._options.folder / "template.json")
        return Stack(
            translated,
            path.parent,
            queues=backends.queues.endpoint,
            parameters=self._options.parameters,
        )

    def _prepare_functions(self, stack: Stack, backends: Backends) -> Functions:
        endpoints = backends.endpoints | self._functions_tables(backends)
        functions = Functions(
            stack.functions.values(), endpoints, self._options.logs, self._console.note
        )
        self._parts.callback(functions.close)
        return functions

    def _functions_tables(self, backends: Backends) -> dict[str, str]:
        """Return the variable that leads functions to a proxy of the engine, if there is one."""
        endpoint = self._options.functions_dynamodb
        if self._options.capacity:
            upstream = endpoint or backends.tables.endpoint
            model = capacity.start(
                upstream, self._options.capacity, self._options.logs / "model.log"
            )
            self._parts.callback(model.stop)
            model.wait()
            endpoint = model.endpoint
            self._console.say(f"capacity {endpoint}/capacity")
        return {"AWS_ENDPOINT_URL_DYNAMODB": endpoint} if endpoint else {}

    def _prepare_gateway(self, stack: Stack, functions: Functions) -> Gateway:
        limits = throttle.from_stage(stack.api.stage) if self._options.throttled else None
        gateway = Gateway(stack.api, stack.function_named, functions.invoke, self._console, limits)
        self._parts.callback(gateway.close)
        return gateway

    def _drive(self, stack: Stack, functions: Functions, backends: Backends) -> None:
        """Let streams, queues and the clock drive functions."""
        polled = QueueMappings(backends.sqs, functions, self._console.note)
        followed = StreamMappings(
            backends.tables.endpoint,
            table.stream(backends.dynamodb, stack.table),
            self._options.data,
            functions,
            polled.send,
            self._console.note,
        )
        timed = Schedules(functions.invoke)
        for part in (followed, polled, timed):
            self._parts.callback(part.stop)
        followed.start(stack.streams)
        polled.start(stack.queue_sources)
        timed.start(stack.schedules)

    def _announce(self, stack: Stack, backends: Backends, gate: Server) -> None:
        """Tell how to use what runs, the line that scripts wait for last."""
        environment = credentials() | backends.endpoints | {"TABLE_NAME": stack.table.name}
        path = self._options.folder / "env"
        lines = [f"export {name}={value}\n" for name, value in environment.items()]
        path.write_text("".join(lines))
        self._console.say(f"key      Authorization: App {API_KEY}")
        self._console.say(f"table    {stack.table.name} at {backends.tables.endpoint}")
        self._console.say(f"queues   {backends.queues.endpoint}")
        self._console.say(f"tools    for the AWS CLI and boto3: source {path}")
        self._console.say(f"logs     {self._options.logs}")
        self._console.say(f"ready    http://{HOST}:{gate.port}")

    def _warm_rest(self, functions: Functions, gateway: Gateway) -> None:
        """Start one worker of each function behind the API, one after the other.

        One that cannot be started has told so itself, and does again when it is needed.
        """
        for name in gateway.functions:
            with suppress(LocalError):
                functions.warm([name])


def first_functions(gateway: Gateway) -> list[str]:
    """Name the functions that have to be there before anything is promised."""
    name = gateway.function_for("GET", PROBE)
    return [] if name is None else [name]


def fill(stack: Stack, backends: Backends) -> None:
    """Create what the template declares, unless it is there.

    Args:
        stack: What the template declares.
        backends: Where to create it.

    Raises:
        LocalError: A server did not start, or the table is another template's.
    """
    backends.tables.wait()
    table.create(backends.dynamodb, stack.table)
    seed(backends.tables.endpoint, stack.table.name)
    backends.queues.wait()
    queue_server.create(backends.sqs, stack.queues)


def check(port: int) -> None:
    """Make a request as a client would.

    Args:
        port: Port of the gateway.

    Raises:
        LocalError: It is not answered as it should be.
    """
    with closing(HTTPConnection(HOST, port, timeout=30)) as connection:
        connection.request("GET", f"{PROBE}?size=1", headers={"Authorization": f"App {API_KEY}"})
        response = connection.getresponse()
        if response.status != HTTPStatus.OK:
            message = f"the first request was answered {response.status}: {response.read()!r}"
            raise LocalError(message)
