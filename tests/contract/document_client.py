"""A client made of nothing but our OpenAPI document, as a generator would make one."""

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote

import requests
from jsonschema import Draft202012Validator

from local.settings import PROJECT

DOCUMENT: dict[str, Any] = json.loads((PROJECT / "docs" / "openapi.json").read_text())


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """Return a part of the document, following its reference if it is one."""
    found: Any = DOCUMENT
    if "$ref" not in part:
        return part
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    content: dict[str, Any] = found
    return content


@dataclass
class DocumentClient:
    """Calls operations by their ids, and checks each answer against the document.

    Attributes:
        url: The base URL.
        api_key: The key to send.
        called: The operations called so far.
    """

    url: str
    api_key: str
    called: set[str] = field(default_factory=set)

    @cached_property
    def operations(self) -> dict[str, tuple[str, str, dict[str, Any]]]:
        """Method, path and description of each operation, by its id."""
        return {
            operation["operationId"]: (method.upper(), path, operation)
            for path, methods in DOCUMENT["paths"].items()
            for method, operation in methods.items()
        }

    def call(self, operation_id: str, body: Any = None, **parameters: str | int) -> Any:
        """Call an operation and return the document it answers with, None if it has none.

        Its status has to be the one that the document gives for success, and the answer what the
        document says of it.
        """
        method, path, operation = self.operations[operation_id]
        query = {}
        for parameter in map(resolved, operation.get("parameters", [])):
            name = parameter["name"]
            if parameter["in"] == "path":
                path = path.replace(f"{{{name}}}", quote(str(parameters[name]), safe=""))
            elif name in parameters:
                query[name] = parameters[name]
            else:
                assert not parameter.get("required"), f"{operation_id} needs {name}"
        response = requests.request(
            method,
            self.url + path,
            params=query,
            json=body,
            headers={"Authorization": f"App {self.api_key}"},
            timeout=30,
        )
        self.called.add(operation_id)
        return self._checked(response, operation)

    def _checked(self, response: requests.Response, operation: dict[str, Any]) -> Any:
        success = str(response.status_code)
        assert success.startswith("2"), response.text
        assert success in operation["responses"], response.text
        described = resolved(operation["responses"][success])
        if "content" not in described:
            assert response.content == b""
            return None
        schema = described["content"][response.headers["Content-Type"]]["schema"]
        whole = schema | {"components": DOCUMENT["components"]}
        Draft202012Validator(whole).validate(response.json())
        return response.json()
