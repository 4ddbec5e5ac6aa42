"""Counts what requests ask of DynamoDB, on DynamoDB Local."""

import os
from contextlib import redirect_stdout
from io import StringIO
from typing import Any, Final

from bench.artefacts import WORK, unlimited
from local import engine, table
from local.settings import credentials
from provisioning.accounts import authentication
from provisioning.table import dynamodb
from tools import functions, runtime

REQUESTS: Final = {
    "applications/create": 1,
    "applications/get": 1,
    "applications/list": 2,
    "applications/rename": 1,
    "entities/create": 1,
    "associations/create": 2,
    "associations/get": 1,
    "associations/list": 2,
    "associations/delete": 1,
    "applications/delete": 2,
    "entities/delete": 2,
}
"""Requests of events/, in an order in which they make sense, and the calls they may make.

A list asks the directory whether the collection is large. A delete of a parent reads first what
may speak against it, and what undoing it will need.
"""


class _Context:
    """What Lambda tells a function of its invocation."""

    function_name = "function"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:function"
    aws_request_id = "0115acd1-bcbc-5e45-93ec-8c36a22b6091"


def count() -> dict[str, Any]:
    """Return what each request used: calls, read and write units, and the calls at first.

    At first a process also looks up the key, leases a share of the limits of requests (one that
    is large here, so once), and counts what there is a quota of. The second time it knows.
    """
    with engine.running() as endpoint, redirect_stdout(StringIO()):
        _deploy(endpoint)
        handlers = functions.load_all()
        first, then = (
            {name: _used(handlers[name.partition("/")[0]].handler, name) for name in REQUESTS}
            for _ in range(2)
        )
    return {
        name: then[name] | {"calls at first": first[name]["calls"], "at most": calls}
        for name, calls in REQUESTS.items()
    }


def _deploy(endpoint: str) -> None:
    """Make a table with the account and key that the events name, and lead functions to it."""
    stack = runtime.built(WORK / "build")
    for function in stack.functions.values():
        os.environ.update(function.environment)
    os.environ.update(credentials() | {"AWS_ENDPOINT_URL_DYNAMODB": endpoint})
    os.environ["TABLE_NAME"] = stack.table.name
    os.environ["LIMITS"] = unlimited(os.environ)
    table.create(table.client(endpoint), stack.table)
    authentication.create_account("local")
    authentication.create_key("local", authentication.SCOPES, "local-key")


def _used(handler: Any, name: str) -> dict[str, float]:
    answer = handler(runtime.sample(name), _Context())
    runtime.check(name, dict(runtime.ANSWERS)[name], answer)
    usage = dynamodb.usage
    return {
        "calls": usage.calls,
        "read units": usage.read_units,
        "write units": usage.write_units,
    }
