"""Counts the calls and units of requests, on DynamoDB Local."""

import os
from contextlib import redirect_stdout
from io import StringIO
from typing import Any, Final

from bench.artefacts import WORK, unlimited
from local import table
from local.settings import credentials
from provisioning.accounts import accounts, key_creation, principals
from provisioning.table import dynamodb
from tools import engines, functions, runtime, samples

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
"""Requests of ``events/`` in a useful order, and the calls that each may make.

A list first reads whether there is a page index. A delete of a parent first reads what could
prevent it, and what an undo needs.
"""


class _Context:
    """The context of an invocation, as Lambda passes it."""

    function_name = "function"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:function"
    aws_request_id = "0115acd1-bcbc-5e45-93ec-8c36a22b6091"


def count() -> dict[str, Any]:
    """Return what each request used: calls, read and write units, and the calls at first.

    The first time a process also looks up the API key, leases a share of the rate limit (a large
    one here, so only once), and counts what has a quota. Then it has these in memory.
    """
    with engines.running() as endpoint, redirect_stdout(StringIO()):
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
    """Create a table with the account and API key of the events, and configure the functions."""
    stack = runtime.built(WORK / "build")
    for function in stack.functions.values():
        os.environ.update(function.environment)
    os.environ.update(credentials() | {"AWS_ENDPOINT_URL_DYNAMODB": endpoint})
    os.environ["TABLE_NAME"] = stack.table.name
    dynamodb.client.cache_clear()  # The suite before may have had another engine.
    os.environ["LIMITS"] = unlimited(os.environ)
    table.create(table.client(endpoint), stack.table)
    accounts.create("local")
    key_creation.create_key("local", principals.SCOPES, "local-key")


def _used(handler: Any, name: str) -> dict[str, float]:
    answer = handler(runtime.sample(name), _Context())
    runtime.check(name, dict(samples.ANSWERS)[name], answer)
    usage = dynamodb.usage
    return {
        "calls": usage.calls,
        "read units": usage.read_units,
        "write units": usage.write_units,
    }
