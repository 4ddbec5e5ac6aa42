"""Counts what requests ask of DynamoDB, on DynamoDB Local."""

import os
from typing import Any, Final

from bench.artefacts import WORK
from local import engine, table
from local.settings import credentials
from provisioning import accounts, dynamodb
from tools import functions, runtime

REQUESTS: Final = {
    "applications/create": 1,
    "applications/get": 1,
    "applications/list": 1,
    "applications/rename": 1,
    "entities/create": 1,
    "associations/create": 2,
    "associations/get": 1,
    "associations/list": 1,
    "associations/delete": 1,
    "applications/delete": 1,
}
"""Requests of events/, in an order in which they make sense, and the calls they may make."""


class _Context:
    """What Lambda tells a function of its invocation."""

    function_name = "function"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:function"
    aws_request_id = "0115acd1-bcbc-5e45-93ec-8c36a22b6091"


def count() -> dict[str, Any]:
    """Return what each request used: calls, read and write units."""
    with engine.running() as endpoint:
        _deploy(endpoint)
        handlers = functions.load_all()
        handlers["applications"].handler(runtime.sample("applications/list"), _Context())
        return {
            name: _used(handlers[name.partition("/")[0]].handler, name) | {"at most": calls}
            for name, calls in REQUESTS.items()
        }


def _deploy(endpoint: str) -> None:
    """Make a table with the account and key that the events name, and lead functions to it."""
    stack = runtime.built(WORK / "build")
    for function in stack.functions.values():
        os.environ.update(function.environment)
    os.environ.update(credentials() | {"AWS_ENDPOINT_URL_DYNAMODB": endpoint})
    os.environ["TABLE_NAME"] = stack.table.name
    table.create(table.client(endpoint), stack.table)
    accounts.create_account("local")
    accounts.create_key("local", accounts.SCOPES, "local-key")


def _used(handler: Any, name: str) -> dict[str, float]:
    answer = handler(runtime.sample(name), _Context())
    runtime.check(name, dict(runtime.ANSWERS)[name], answer)
    usage = dynamodb.usage
    return {
        "calls": usage.calls,
        "read units": usage.read_units,
        "write units": usage.write_units,
    }
