"""A DynamoDB of canned answers, the same for every function that is measured.

Run as a process of its own: ``python -m bench.stub CERTIFICATE``, which prints its port. It speaks
HTTPS, as DynamoDB does. It knows one API key, ``local-key``, which may do everything, and an
account with a hundred applications.
"""

import json
import socketserver
import sys
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Final

from tools.private_authority import server_context

APPLICATIONS: Final = 100
HOST: Final = "127.0.0.1"


def application(number: int) -> dict[str, Any]:
    """Return an application's item."""
    return {
        "PK": {"S": "ACCOUNT#local#APPLICATION"},
        "SK": {"S": f"shop-{number:03}"},
        "type": {"S": "application"},
        "id": {"S": f"shop-{number:03}"},
        "name": {"S": f"Shop number {number}, production"},
        "generation": {"S": "019ab1c2d3e4f5a6b7c8d9e0"},
        "createdAt": {"S": "2026-11-23T16:40:08.123Z"},
    }


API_KEY: Final = {
    "type": {"S": "apiKey"},
    "accountId": {"S": "local"},
    "keyId": {"S": "019ab1c2d3e4f5a6b7c8d9e1"},
    "scopes": {"L": [{"S": "application-entity:manage"}]},
    "createdAt": {"S": "2026-11-23T16:40:08.123Z"},
    "usedAt": {"S": "9999-12-31T23:59:59.999Z"},
}


def projected(item: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the requested attributes of an item."""
    if "ProjectionExpression" not in parameters:
        return item
    names = parameters["ExpressionAttributeNames"]
    wanted = {names[name] for name in parameters["ProjectionExpression"].split(", ")}
    return {name: value for name, value in item.items() if name in wanted}


def answer(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return what is answered to a call."""
    used = {"TableName": "table", "CapacityUnits": 1.0}
    match operation:
        case "GetItem":
            partition = parameters["Key"]["PK"]["S"]
            item = (
                parameters["Key"] | API_KEY if partition.startswith("SECRET#") else application(1)
            )
            known = partition.startswith("SECRET#") or partition.endswith("#APPLICATION")
            return {"ConsumedCapacity": used} | ({"Item": item} if known else {})
        case "Query":
            named = '"ACCOUNT#local#APPLICATION"' in json.dumps(parameters)
            items = [application(number) for number in range(APPLICATIONS)] if named else []
            items = [projected(item, parameters) for item in items]
            counts = {"Count": len(items), "ScannedCount": len(items)}
            shown = {} if parameters.get("Select") == "COUNT" else {"Items": items}
            return shown | counts | {"ConsumedCapacity": used}
        case "BatchGetItem":
            return {"Responses": {}, "UnprocessedKeys": {}, "ConsumedCapacity": [used]}
        case "BatchExecuteStatement":
            return {"Responses": [{} for _ in parameters["Statements"]]}
    return {"ConsumedCapacity": [used] if operation == "TransactWriteItems" else used}


class Handler(BaseHTTPRequestHandler):
    """Answers one connection's calls."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """Answer a call."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        content = json.dumps(answer(operation, json.loads(body))).encode()
        head = (
            "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        self.wfile.write(head.encode() + content)

    def log_message(self, *_: object) -> None:
        """Be silent."""


class Server(socketserver.ThreadingTCPServer):
    """Serves each connection in a thread."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64


def main() -> None:
    """Serve until this process is ended."""
    with Server((HOST, 0), Handler) as server:
        context = server_context(Path(sys.argv[1]))
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
