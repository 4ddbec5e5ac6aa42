"""The whole local system: servers, functions, gateway, event sources."""

import os
import shlex
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection
from itertools import takewhile
from typing import Final, NoReturn

from local import engine, lifeline, locks, service, table, template
from local.console import Console
from local.event_sources import EventSources
from local.functions import Functions
from local.gateway.api import Gateway
from local.gateway.http import Server
from local.options import Options
from local.queues import server as queue_server
from local.seed import API_KEY, seed
from local.service import HOST, NODE, Service
from local.settings import PROJECT, LocalError, credentials
from local.stack import Stack

_PROBE: Final = "/provisioning/1/applications"
_PROBES: Final = 5
_PAGES: Final = {"docs": "/docs", "console": "/console"}
_WATCH_SECONDS: Final = 1.0
_DYNAMODB: Final = "AWS_ENDPOINT_URL_DYNAMODB"
_SQS: Final = "AWS_ENDPOINT_URL_SQS"


def serve(env: Mapping[str, str]) -> str:
    """Run the system with the options of an environment, and return why it has ended."""
    console = Console()
    try:
        System(Options.read(env), console).run()
    except LocalError as error:
        return str(error)
    except OSError as error:
        return f"{error.filename or 'cannot write'}: {error.strerror or error}"
    finally:
        console.close()


@dataclass
class System:
    """The whole system, from its start to its end."""

    _options: Options
    _console: Console
    _parts: ExitStack = field(default_factory=ExitStack)

    def run(self) -> NoReturn:
        """Start everything, announce it, and run until one of the servers ends.

        Raises:
            LocalError: A part could not be started, or has ended.
            OSError: The folder cannot be written.
        """
        with self._parts:
            servers = self._start()
            while not any(server.program.wait(_WATCH_SECONDS) for server in servers):
                pass
            ended = next(server for server in servers if server.program.ended)
            message = f"{ended.name} has ended{ended.reason()}"
            raise LocalError(message)

    def _start(self) -> list[Service]:
        """Start the parts; the servers and the first function take longest, so side by side."""
        self._options.logs.mkdir(parents=True, exist_ok=True)
        lock = locks.acquire(self._options.folder)
        self._parts.callback(os.close, lock)
        gate = Server(HOST, self._options.port)
        self._parts.callback(gate.stop)
        self._watch_console()
        tables = self._start_server("tables", engine.start, lock)
        queues = self._start_server("queues", queue_server.start, lock)
        for server in (tables, queues):
            self._parts.callback(server.program.begin_stop)  # so that both end at the same time
        stack = self._read_template(queues)
        warming = self._parts.enter_context(ThreadPoolExecutor())
        functions = self._prepare_functions(stack, tables, queues)
        gateway = Gateway(stack.api, stack.function_named, functions.invoke, self._console)
        self._parts.callback(gateway.close)
        warm = warming.submit(functions.warm, _first_function(gateway))
        sources = self._fill(stack, functions, tables, queues)
        warm.result()
        gate.start(gateway.handle, gateway.refuse)
        _check(gate.port)
        self._parts.callback(sources.stop)
        sources.start(stack)
        self._parts.callback(gate.stop)  # first, while everything that answers need still runs
        services = {_DYNAMODB: tables.endpoint, _SQS: queues.endpoint}
        self._write_environment(services, stack)
        self._announce(services, stack, gateway, f"http://{HOST}:{gate.port}")
        threading.Thread(target=_warm_rest, args=(functions, gateway), daemon=True).start()
        return [tables, queues]

    def _watch_console(self) -> None:
        """Bundle the web console again whenever a source of it changes, if the bundler is there."""
        sources = PROJECT / "console"
        if (sources / "node_modules" / "esbuild").is_dir():
            with (self._options.logs / "console.log").open("ab") as log:
                command = [str(NODE), str(sources / "build.mjs"), "--watch"]
                self._parts.callback(lifeline.start(command, output=log).stop)

    def _start_server(self, name: str, start: Callable[..., Service], lock: int) -> Service:
        server = start(
            data=self._options.data,
            port=service.same_port(self._options.folder / f"{name}.port"),
            log=self._options.logs / f"{name}.log",
            keep_open=[lock],
        )
        self._parts.callback(server.stop)
        return server

    def _read_template(self, queues: Service) -> Stack:
        path = self._options.template
        stack = Stack(
            template.load(path, self._options.folder / "template.json"),
            path.parent,
            queues=queues.endpoint,
            parameters=self._options.parameters,
        )
        for function in stack.functions.values():
            for folder in function.folders:
                if not folder.is_dir():
                    message = f"function {function.logical_id}: the folder {folder} does not exist"
                    raise LocalError(message)
        return stack

    def _prepare_functions(self, stack: Stack, tables: Service, queues: Service) -> Functions:
        endpoint = self._options.functions_dynamodb or tables.endpoint
        if self._options.capacity:
            tables.wait()
            endpoint = self._limited(endpoint)
        services = {_DYNAMODB: endpoint, _SQS: queues.endpoint}
        logs, note = self._options.logs, self._console.note
        functions = Functions(stack.functions.values(), services, logs, note)
        self._parts.callback(functions.close)
        return functions

    def _limited(self, endpoint: str) -> str:
        """Return the endpoint of the capacity model (package `capacity`) in front of another."""
        port, limits = service.free_port(), self._options.capacity
        options = ["--upstream", endpoint, "--capacity", limits, "--port", str(port)]
        command = [sys.executable, "-m", "capacity", *options]
        log = self._options.logs / "capacity.log"
        model = service.launch("the capacity model", command, port, log=log)
        self._parts.callback(model.stop)
        model.wait()
        self._console.say(f"capacity {model.endpoint}/capacity")
        return model.endpoint

    def _fill(
        self, stack: Stack, functions: Functions, tables: Service, queues: Service
    ) -> EventSources:
        """Create the table, its first account and the queues, unless they exist."""
        dynamodb, sqs = table.client(tables.endpoint), queue_server.client(queues.endpoint)
        tables.wait()
        table.create(dynamodb, stack.table)
        seed(tables.endpoint, stack.table.name)
        queues.wait()
        queue_server.create(sqs, stack.queues)
        stream, data = table.stream(dynamodb, stack.table), self._options.data
        return EventSources(functions, sqs, tables.endpoint, stream, data, self._console.note)

    def _write_environment(self, services: dict[str, str], stack: Stack) -> None:
        """Write the file that leads the AWS CLI and boto3 to the local servers."""
        variables = credentials() | services | {"TABLE_NAME": stack.table.name}
        lines = [f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()]
        (self._options.folder / "env").write_text("".join(lines))

    def _announce(self, services: dict[str, str], stack: Stack, gateway: Gateway, url: str) -> None:
        """Say how to use the system. Scripts wait for the last line."""
        say = self._console.say
        say(f"api      {url}/provisioning/1")
        for name, path in _PAGES.items():
            if gateway.function_for("GET", path) is not None:
                say(f"{name:<9}{url}{path}")
        say(f"key      Authorization: App {API_KEY}")
        say(f"table    {stack.table.name} at {services[_DYNAMODB]}")
        if self._options.functions_dynamodb:
            say(f"         functions use {self._options.functions_dynamodb}")
        say(f"queues   {services[_SQS]}")
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
            functions.warm(name)


def _first_function(gateway: Gateway) -> str:
    """Return the function that the first request needs."""
    name = gateway.function_for("GET", _PROBE)
    if name is None:
        message = f"the API has no GET {_PROBE}, which the first request is sent to"
        raise LocalError(message)
    return name


def _check(port: int) -> None:
    """Make a request as a client would, again if the table is slow on a busy machine."""
    probes = (_probe(port) for _ in range(_PROBES))
    failed = list(takewhile(lambda probe: probe[0] != HTTPStatus.OK, probes))
    if len(failed) == _PROBES:
        status, body = failed[-1]
        message = f"the first request was answered {status}: {body!r}"
        raise LocalError(message)


def _probe(port: int) -> tuple[int, bytes]:
    with closing(HTTPConnection(HOST, port, timeout=30)) as connection:
        connection.request("GET", f"{_PROBE}?size=1", headers={"Authorization": f"App {API_KEY}"})
        response = connection.getresponse()
        return response.status, response.read()
