"""Writes the OpenAPI document of the API from its code: ``python -m tools.openapi``.

The routes of each function are declared to a Powertools resolver, which describes them, and the
descriptions are merged. That happens here, not in the functions: they would pay for it at every
cold start (docs/adr/0065). All texts come from the code:

* operations: the routes (``provisioning.http.routes.Route``) and the docstrings of their rules;
* values: the shapes (``provisioning.*_shapes``) with their docstrings, bounds and examples;
* errors: those that the routes declare, as ``provisioning.http.responses`` answers them.
"""

import argparse
import difflib
import json
import sys
import tomllib
from http import HTTPStatus
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler.openapi import OpenAPIMerge
from aws_lambda_powertools.event_handler.openapi.models import License, Server

from provisioning.messages.sender_shapes import QueuedMessage
from tools import functions
from tools.descriptions import describe_members
from tools.resolver import describe, markdown

DOCUMENT = functions.ROOT / "functions/docs/openapi.json"
"""The document, beside the function that serves it; docs/openapi.json links to it."""
SUBMISSION_SCHEMA = functions.ROOT / "docs/submission.schema.json"
"""What messaging services can test the messages against that they put on the queue."""

_TITLE = "Application and Entity Management"
_DESCRIPTION = """\
Applications (environments, use cases) and entities (customers, departments, cost centres) of an
account, and the resources that are assigned to them: numbers, sender names, domains, chat-app
senders.

**API keys.** Every request needs the header `Authorization: App <key>`. A key belongs to an
account. Its scopes are `application-entity:read`, `application-entity:manage` (which includes
reading), `account-management:manage` (API keys) and `sending-strategy:manage` (sending strategies).

**Ids** may contain any character and are case-sensitive. In a path, an id is percent-encoded:
`shop/eu` is `shop%2Feu`. An application or entity cannot have the id `.` or `..`, nor an entity
the id `null`.

**Bodies** are JSON. Unknown members are ignored.
"""
_POWERTOOLS_SCHEMAS = {"HTTPValidationError", "ResponseValidationError", "ValidationError"}
"""What Powertools' own validation would answer with; the functions do not use it."""


def document() -> dict[str, Any]:
    """Return the OpenAPI document of all functions together.

    Raises:
        OpenAPIMergeError: Two functions have the same operation.
    """
    project = tomllib.loads((functions.ROOT / "pyproject.toml").read_text())["project"]
    merge = OpenAPIMerge(
        title=_TITLE,
        version=project["version"],
        description=markdown(_DESCRIPTION),
        servers=[Server(url="/", description="The base URL")],
        license_info=License(name=project["license"], identifier=project["license"]),
        on_conflict="error",
    )
    for function in functions.load_all().values():
        if hasattr(function, "routes"):
            merge.add_schema(describe(function))
    merged = merge.get_openapi_schema()
    for name in _POWERTOOLS_SCHEMAS:
        merged["components"]["schemas"].pop(name, None)
    _share_failures(merged)
    describe_members(merged["components"]["schemas"])
    components = {kind: dict(sorted(parts.items())) for kind, parts in merged["components"].items()}
    return merged | {
        "paths": _tidy(dict(sorted(merged["paths"].items()))),
        "components": _tidy(components),
    }


def _share_failures(merged: dict[str, Any]) -> None:
    """Write the answer of each error's status once, and let the operations refer to it."""
    shared = merged["components"].setdefault("responses", {})
    for route, path in merged["paths"].items():
        version = "V2" if route.startswith("/provisioning/2/") else ""
        for operation in path.values():
            for status, response in operation["responses"].items():
                if int(status) >= HTTPStatus.BAD_REQUEST:
                    name = HTTPStatus(int(status)).phrase.title().replace(" ", "") + version
                    shared[name] = response
                    operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}


def _tidy(part: Any) -> Any:
    """Return a part of the document without what only pydantic and Powertools mean by it.

    They title every schema by its own name, write bounds as fractions (``1000.0``), say of each
    parameter twice what it is, leave empty objects, and write ``null`` as a schema of its own,
    which leaves the description of a value with one of the two.
    """
    if isinstance(part, list):
        return [_tidy(member) for member in part]
    if isinstance(part, float) and part.is_integer():
        return int(part)
    if not isinstance(part, dict):
        return part
    tidied = {name: _tidy(member) for name, member in part.items() if not _is_noise(name, member)}
    if isinstance(tidied.get("description"), str):
        tidied["description"] = markdown(tidied["description"])
    if "in" in tidied and "schema" in tidied:
        return _tidy_parameter(tidied)
    match tidied.get("anyOf"):
        case [{"type": str(kind)} as value, {"type": "null"}]:
            del tidied["anyOf"]
            if "enum" in value:
                value = value | {"enum": [*value["enum"], None]}
            return value | {"type": [kind, "null"]} | tidied
    return tidied


def _tidy_parameter(parameter: dict[str, Any]) -> dict[str, Any]:
    """Describe a parameter once; the page fills in the example of one that must be given."""
    schema = {name: value for name, value in parameter["schema"].items() if name != "description"}
    if parameter["required"] and "examples" in schema:
        parameter["example"], *_ = schema.pop("examples")
    return parameter | {"schema": schema}


def _is_noise(name: str, member: Any) -> bool:
    return (name == "title" and isinstance(member, str)) or (
        name in {"content", "headers"} and member == {}
    )


def submission_schema() -> dict[str, Any]:
    """Return the JSON schema of the messages on the queue of submissions."""
    schema = QueuedMessage.model_json_schema(by_alias=True)
    described: dict[str, Any] = _tidy(schema)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A message on the queue of submissions",
        **described,
    }


def text(described: dict[str, Any] | None = None) -> str:
    """Return a document, the OpenAPI document if it is none, as the text of its file."""
    return json.dumps(described or document(), indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Write the documents, or check that those in the repository are up to date.

    Args:
        arguments: The command line; None takes the process's own.

    Returns:
        0, or 1 where a check found a difference, which it then prints.
    """
    parser = argparse.ArgumentParser(prog="python -m tools.openapi", description=main.__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, report differences")
    expected = {DOCUMENT: text(), SUBMISSION_SCHEMA: text(submission_schema())}
    if parser.parse_args(arguments).check:
        return max(_compare(path, content) for path, content in expected.items())
    for path, content in expected.items():
        path.write_text(content)
    return 0


def _compare(path: Path, expected: str) -> int:
    """Print the differences of a file from the expected text; return 1 if there are any, else 0."""
    found = path.read_text() if path.exists() else ""
    difference = difflib.unified_diff(
        found.splitlines(), expected.splitlines(), str(path), "generated from the code", lineterm=""
    )
    if lines := list(difference):
        print(*lines, f"{path.name} is out of date: make openapi", sep="\n")
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main())
