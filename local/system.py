"""Everything that runs: table, queues, functions, gateway, and what drives functions."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Final

from local import engine, table, template
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

PROBE: Final = "/provisioning/1/applications?size=1"
WATCH_SECONDS: Final = 1.0


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
        """Start the parts, the servers beside the functions: both take a while."""
        self._options.logs.mkdir(parents=True, exist_ok=True)
        gate = self._listen()
        tables, queues = self._start_tables(), self._start_queues()
        stack = self._read_template(queues)
        functions = self._prepare_functions(stack, tables, queues)
        gateway = self._prepare_gateway(stack, functions)
        with ThreadPoolExecutor() as warming:
            warm = warming.submit(functions.warm, gateway.functions)
            self._fill(stack, tables, queues)
            warm.result()
        gate.start(gateway.handle, gateway.refuse)
        check(gate.port)
        self._drive(stack, functions, tables, queues)
        self._parts.callback(gate.stop)  # before all that answers need
        self._announce(stack, tables, queues, gate)
        return [tables, queues]

    def _listen(self) -> Server:
        gate = Server(HOST, self._options.port)
        self._parts.callback(gate.stop)
        return gate

    def _start_tables(self) -> Service:
        log = self._options.logs / "tables.log"
        return self._stop_at_end(engine.start(data=self._options.data, log=log))

    def _start_queues(self) -> Service:
        log = self._options.logs / "queues.log"
        return self._stop_at_end(queue_server.start(data=self._options.data, log=log))

    def _stop_at_end(self, service: Service) -> Service:
        self._parts.callback(service.stop)
        return service

    def _read_template(self, queues: Service) -> Stack:
        path = self._options.template
        translated = template.load(path, self._options.folder / "template.json")
        return Stack(translated, path.parent, queues=queues.endpoint)

    def _prepare_functions(self, stack: Stack, tables: Service, queues: Service) -> Functions:
        endpoints = {
            "AWS_ENDPOINT_URL_DYNAMODB": tables.endpoint,
            "AWS_ENDPOINT_URL_SQS": queues.endpoint,
        }
        functions = Functions(
            stack.functions.values(), endpoints, self._options.logs, self._console.note
        )
        self._parts.callback(functions.close)
        return functions

    def _prepare_gateway(self, stack: Stack, functions: Functions) -> Gateway:
        limits = throttle.from_stage(stack.api.stage) if self._options.throttled else None
        gateway = Gateway(stack.api, stack.function_named, functions.invoke, self._console, limits)
        self._parts.callback(gateway.close)
        return gateway

    def _fill(self, stack: Stack, tables: Service, queues: Service) -> None:
        """Create what the template declares, unless it is there."""
        tables.wait()
        table.create(table.client(tables.endpoint), stack.table)
        seed(tables.endpoint, stack.table.name)
        queues.wait()
        queue_server.create(queue_server.client(queues.endpoint), stack.queues)

    def _drive(self, stack: Stack, functions: Functions, tables: Service, queues: Service) -> None:
        """Let streams, queues and the clock drive functions."""
        polled = QueueMappings(queue_server.client(queues.endpoint), functions, self._console.note)
        followed = StreamMappings(
            tables.endpoint,
            table.stream(table.client(tables.endpoint), stack.table),
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

    def _announce(self, stack: Stack, tables: Service, queues: Service, gate: Server) -> None:
        """Tell how to use what runs, the line that scripts wait for last."""
        environment = credentials() | {
            "AWS_ENDPOINT_URL_DYNAMODB": tables.endpoint,
            "AWS_ENDPOINT_URL_SQS": queues.endpoint,
            "TABLE_NAME": stack.table.name,
        }
        path = self._options.folder / "env"
        lines = [f"export {name}={value}\n" for name, value in environment.items()]
        path.write_text("".join(lines))
        self._console.say(f"key      Authorization: App {API_KEY}")
        self._console.say(f"table    {stack.table.name} at {tables.endpoint}")
        self._console.say(f"queues   {queues.endpoint}")
        self._console.say(f"tools    for the AWS CLI and boto3: source {path}")
        self._console.say(f"logs     {self._options.logs}")
        self._console.say(f"ready    http://{HOST}:{gate.port}")


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
