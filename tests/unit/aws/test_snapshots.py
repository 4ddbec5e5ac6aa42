"""Processes that are restored from one snapshot share neither chance, connections nor credentials.

A fork stands for a restore: it has all that the process had in memory, as a restored one has.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from tests.support.network import Service, serving

PROGRAM = """
import json, os, random, sys
from snapshot_restore_py import get_after_restore, get_before_snapshot
from provisioning.core import ids
from provisioning.table import dynamodb

KEY = {"TableName": "t", "Key": {"PK": {"S": "a"}, "SK": {"S": "b"}}}
dynamodb.prepare()
dynamodb.call("GetItem", **KEY)
for hook, arguments, named in reversed(get_before_snapshot()):
    hook(*arguments, **named)
for _ in range(3):
    if os.fork() == 0:
        for hook, arguments, named in get_after_restore():
            hook(*arguments, **named)
        dynamodb.call("GetItem", **KEY)
        sys.stdout.write(json.dumps([ids.new_id(), random.random()]) + "\\n")
        sys.stdout.flush()
        os._exit(0)
    assert os.wait()[1] == 0
"""
RESTORED = 3


@contextmanager
def credentials(service: Service) -> Iterator[str]:
    """Hand out credentials as Lambda does to functions with SnapStart; yield where.

    Those for the first process expire soon: time has passed when a process is restored.
    """
    handed_out = iter(range(1000))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            number = next(handed_out)
            minutes = 60 if service.calls else 1
            content = {
                "AccessKeyId": f"KEY{number}",
                "SecretAccessKey": "secret",
                "Token": self.headers["Authorization"],
                "Expiration": (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat(),
            }
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


def environment(service_port: int, credentials_url: str) -> dict[str, str]:
    """Return the environment of a function with SnapStart."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return own | {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "token",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": credentials_url,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{service_port}",
        "AWS_LAMBDA_FUNCTION_NAME": "applications",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start",
        "AWS_REGION": "us-east-1",
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "PYTHONPATH": os.pathsep.join(sys.path),
    }


@pytest.fixture(scope="module")
def restored() -> dict[str, Any]:
    """What processes restored from one snapshot did: their ids, chance, connections and keys."""
    with serving() as service, credentials(service) as credentials_url:
        output = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=environment(service.port, credentials_url),
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    ids, chance = zip(*map(json.loads, output.splitlines()), strict=True)
    return {
        "ids": ids,
        "chance": chance,
        "connections": [connection for connection, _ in service.calls],
        "keys": service.keys,
    }


def test_ids_are_unique(restored: dict[str, Any]) -> None:
    assert len({each[12:] for each in restored["ids"]}) == RESTORED


def test_pauses_differ(restored: dict[str, Any]) -> None:
    assert len(set(restored["chance"])) == RESTORED


def test_each_makes_its_own_connection(restored: dict[str, Any]) -> None:
    assert sorted(restored["connections"]) == [1, 2, 3, 4]


def test_credentials_that_expired_since_the_snapshot_are_renewed(restored: dict[str, Any]) -> None:
    taken, *later = restored["keys"]
    assert len(later) == RESTORED
    assert taken not in later
