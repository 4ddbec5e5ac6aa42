"""The whole local system: servers, functions, gateway, event sources."""

import shlex
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Final, NoReturn

from local import capacity, engine, table, template
from local.console import Console
from local.functions import Functions
from local.gateway.api import Gateway
from local.gateway.http import Server
from local.locks import Lock
from local.options import Options
from local.queues import server as queue_server
from local.queues.mappings import QueueMappings
from local.schedules import Schedules
from local.seed import API_KEY, seed
from local.service import HOST, Service, same_port
from local.settings import LocalError, credentials
from local.stack import Stack
from local.streams.mappings import StreamMappings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

_PROBE: Final = "/provisioning/1/applications"
_FURTHER_PROBES: Final = 4
_PAGES: Final = {"docs": "/docs", "console": "/console"}
_WATCH_SECONDS: Final = 1.0


@dataclass(frozen=True)
class _Backends:
    """The servers behind the functions: DynamoDB Local and fauxqs."""

    tables: Service
    queues: Service

    @property
    def endpoints(self) -> dict[str, str]:
        """The variables that lead AWS libraries to the servers."""
        return {
            "AWS_ENDPOINT_URL_DYNAMODB": self.tables.endpoint,
            "AWS_ENDPOINT_URL_SQS": self.queues.endpoint,
        }

    def begin_stop(self) -> None:
        """Ask both to end, without waiting."""
        self.tables.program.begin_stop()
        self.queues.program.begin_stop()

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        return table.client(self.tables.endpoint)

    @cached_property
    def sqs(self) -> "SQSClient":
        return queue_server.client(self.queues.endpoint)


class System:
    """The whole system, from its start to its end."""

    def __init__(self, options: Options, console: Console) -> None:
        """Start nothing yet."""
        self._options = options
        self._console = console
        self._parts = ExitStack()

    def run(self) -> NoReturn:
        """Start everything, announce it, and run until one of the servers ends.

        Raises:
            LocalError: A part could not be started, or has ended.
            OSError: The folder cannot be written.
        """
        with self._parts:
            services = self._start()
            while not any(service.program.wait(_WATCH_SECONDS) for service in services):
                pass
            ended = next(service for service in services if service.program.ended)
            message = f"{ended.name} has ended{ended.reason()}"
            raise LocalError(message)

    def _start(self) -> list[Service]:
        """Start the parts; the servers and the first function take longest, so side by side."""
        self._options.logs.mkdir(parents=True, exist_ok=True)
        lock = self._parts.enter_context(closing(Lock.acquire(self._options.folder)))
        gate = Server(HOST, self._options.port)
        self._parts.callback(gate.stop)
        backends = self._start_backends(lock)
        stack = self._read_template(backends)
        warming = self._parts.enter_context(ThreadPoolExecutor())
        functions = self._prepare_functions(stack, backends)
        gateway = Gateway(stack.api, stack.function_named, functions.invoke, self._console)
        self._parts.callback(gateway.close)
        warm = warming.submit(functions.warm, _first_functions(gateway))
        _fill(stack, backends)
        warm.result()
        gate.start(gateway.handle, gateway.refuse)
        _check(gate.port)
        self._drive(stack, functions, backends)
        self._parts.callback(gate.stop)  # first, while everything that answers need still runs
        self._write_environment(stack, backends)
        self._announce(stack, backends, gateway, f"http://{HOST}:{gate.port}")
        threading.Thread(target=_warm_rest, args=(functions, gateway), daemon=True).start()
        return [backends.tables, backends.queues]

    def _start_backends(self, lock: Lock) -> _Backends:
        tables = self._start_server("tables", engine.start, lock)
        queues = self._start_server("queues", queue_server.start, lock)
        backends = _Backends(tables, queues)
        self._parts.callback(backends.begin_stop)  # so that both end at the same time
        return backends

    def _start_server(self, name: str, start: Callable[..., Service], lock: Lock) -> Service:
        service = start(
            data=self._options.data,
            port=same_port(self._options.folder / f"{name}.port"),
            log=self._options.logs / f"{name}.log",
            keep_open=[lock.descriptor],
        )
        self._parts.callback(service.stop)
        return service

    def _read_template(self, backends: _Backends) -> Stack:
        path = self._options.template
        stack = Stack(
            template.load(path, self._options.folder / "template.json"),
            path.parent,
            queues=backends.queues.endpoint,
            parameters=self._options.parameters,
        )
        _check_code(stack)
        return stack

    def _prepare_functions(self, stack: Stack, backends: _Backends) -> Functions:
        dynamodb = {"AWS_ENDPOINT_URL_DYNAMODB": self._functions_dynamodb(backends)}
        functions = Functions(
            stack.functions.values(),
            backends.endpoints | dynamodb,
            self._options.logs,
            self._console.note,
        )
        self._parts.callback(functions.close)
        return functions

    def _functions_dynamodb(self, backends: _Backends) -> str:
        """Return the DynamoDB endpoint of the functions, that of the capacity model if asked."""
        endpoint = self._options.functions_dynamodb or backends.tables.endpoint
        if not self._options.capacity:
            return endpoint
        backends.tables.wait()
        log = self._options.logs / "capacity.log"
        model = capacity.start(endpoint, self._options.capacity, log)
        self._parts.callback(model.stop)
        model.wait()
        self._console.say(f"capacity {model.endpoint}/capacity")
        return model.endpoint

    def _drive(self, stack: Stack, functions: Functions, backends: _Backends) -> None:
        """Start the event sources and schedules."""
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

    def _write_environment(self, stack: Stack, backends: _Backends) -> None:
        """Write the file that leads the AWS CLI and boto3 to the local servers."""
        variables = credentials() | backends.endpoints | {"TABLE_NAME": stack.table.name}
        lines = [f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()]
        (self._options.folder / "env").write_text("".join(lines))

    def _announce(self, stack: Stack, backends: _Backends, gateway: Gateway, url: str) -> None:
        """Say how to use the system. Scripts wait for the last line."""
        say = self._console.say
        say(f"api      {url}/provisioning/1")
        for name, path in _PAGES.items():
            if gateway.function_for("GET", path) is not None:
                say(f"{name:<9}{url}{path}")
        say(f"key      Authorization: App {API_KEY}")
        say(f"table    {stack.table.name} at {backends.tables.endpoint}")
        if self._options.functions_dynamodb:
            say(f"         functions use {self._options.functions_dynamodb}")
        say(f"queues   {backends.queues.endpoint}")
        say(f"tools    source {shlex.quote(str(self._options.folder / 'env'))}")
        say(f"logs     {self._options.logs}")
        say(f"ready    {url}")


def _warm_rest(functions: Functions, gateway: Gateway) -> None:
    """Start one worker of each function behind the API, one after the other.

    A function that cannot be started has logged why, and does so again when
    it is invoked.
    """
    for name in gateway.functions:
        with suppress(LocalError):
            functions.warm([name])


def _first_functions(gateway: Gateway) -> list[str]:
    """Return the functions that the first request needs."""
    name = gateway.function_for("GET", _PROBE)
    return [] if name is None else [name]


def _check_code(stack: Stack) -> None:
    """Refuse a function whose folder is missing, instead of a failing import later."""
    for function in stack.functions.values():
        for folder in (function.code, *function.layers):
            if not folder.is_dir():
                message = f"function {function.logical_id}: the folder {folder} does not exist"
                raise LocalError(message)


def _fill(stack: Stack, backends: _Backends) -> None:
    """Create the table, its first account and the queues, unless they exist."""
    backends.tables.wait()
    table.create(backends.dynamodb, stack.table)
    seed(backends.tables.endpoint, stack.table.name)
    backends.queues.wait()
    queue_server.create(backends.sqs, stack.queues)


def _check(port: int) -> None:
    """Make a request as a client would, again if the table is slow on a busy machine."""
    status, body = _probe(port)
    for _ in range(_FURTHER_PROBES):
        if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            break
        status, body = _probe(port)
    if status != HTTPStatus.OK:
        message = f"the first request was answered {status}: {body!r}"
        raise LocalError(message)


def _probe(port: int) -> tuple[int, bytes]:
    with closing(HTTPConnection(HOST, port, timeout=30)) as connection:
        connection.request("GET", f"{_PROBE}?size=1", headers={"Authorization": f"App {API_KEY}"})
        response = connection.getresponse()
        return response.status, response.read()
