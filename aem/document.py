"""Reads from the OpenAPI document which commands there are, and what each takes."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

PLACES = (
    Path(__file__).resolve().parent / "openapi.json",
    Path(__file__).resolve().parents[1] / "docs" / "openapi.json",
)
"""Where the document is: in an installed package, and in a checkout."""
_ROOT = re.compile(r"^/provisioning/[0-9]+/")
_ACCEPTED = 202
GROUPS = {"api-keys": "keys", "sending-strategies": "strategies"}
"""Groups of commands that are not called as their collection is."""

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Input:
    """A value that a command takes.

    Attributes:
        name: Its name in the request; for a member of a member, both names.
        place: Where it belongs: ``path``, ``query``, ``header`` or ``body``.
        schema: What it may be.
        required: Whether it must be given.
        help: What it is.
    """

    name: tuple[str, ...]
    place: str
    schema: Schema
    required: bool
    help: str

    @property
    def kind(self) -> str:
        """The JSON type of its values, without null; ``string`` where the document says none."""
        return _types(self.schema)[0]

    @property
    def flag(self) -> str:
        """What its option is called, without the hyphens before."""
        return "-".join(kebab(part) for part in self.name)


@dataclass(frozen=True)
class Operation:
    """A command: one operation of the API.

    Attributes:
        group: What it is about.
        verb: What it does to it.
        method: The HTTP method.
        path: The path, with the names of ids in braces.
        described: What the document says of it.
        inputs: What it takes.
        shapes: By status of success, the schema of the answer's document; None for no document.
    """

    group: str
    verb: str
    method: str
    path: str
    described: Mapping[str, Any]
    inputs: tuple[Input, ...]
    shapes: Mapping[int, Schema | None]

    @cached_property
    def successes(self) -> list[Mapping[str, Any]]:
        """What the document says of its answers when it succeeds."""
        return [
            answer
            for status, answer in self.described["responses"].items()
            if status.startswith("2")
        ]

    @property
    def starts_operation(self) -> bool:
        """Whether its answer names an operation that goes on after it."""
        return any("Operation-Location" in answer.get("headers", {}) for answer in self.successes)

    @property
    def pages(self) -> str | None:
        """The parameter by which its further pages are asked for; None where it has no pages."""
        queries = {given.name[0] for given in self.inputs if given.place == "query"}
        return next((name for name in ("cursor", "page") if name in queries), None)

    @property
    def is_bulk(self) -> bool:
        """Whether it carries out many single requests."""
        return self.verb == "bulk"

    @property
    def expected(self) -> list[int]:
        """The statuses of its success."""
        return list(self.shapes)

    def oddity(self, status: int, headers: Mapping[str, str], document: Any) -> str | None:
        """Return what an answer has, or lacks, that no answer of the API does; None if nothing."""
        shape = self.shapes[status]
        named = self.described["responses"][str(status)].get("headers", {})
        located = "Operation-Location" in named and (shape is None or status == _ACCEPTED)
        if located and "Operation-Location" not in headers:
            return "an answer that names no operation"
        if shape is None:
            return None if document is None else "an answer with a document, where none is expected"
        if not isinstance(document, dict):
            return "an answer without a JSON object"
        lacking = [name for name in shape.get("required", ()) if name not in document]
        if lacking:
            return f"an answer without {lacking[0]}"
        kinds = {"results": list, "paging": dict}
        wrong = [
            name for name, kind in kinds.items() if not isinstance(document.get(name, kind()), kind)
        ]
        return f"an answer with other {wrong[0]}" if wrong else None

    @property
    def body(self) -> tuple[Input, ...]:
        """The members of its body."""
        return tuple(given for given in self.inputs if given.place == "body")

    @property
    def columns(self) -> list[str]:
        """The members of its results, or of its answer if it has no results."""
        found: list[str] = []
        for shape in self.shapes.values():
            members = (shape or {}).get("properties", {})
            if "results" in members:
                members = members["results"].get("items", {}).get("properties", {})
            for name, member in members.items():
                nested = member.get("properties", {}) if name == "association" else {}
                found += nested or ["error" if name == "requestError" else name]
        return list(dict.fromkeys(found))

    def input(self, *name: str) -> Input | None:
        """Return what it takes under a name, if it does."""
        return next((given for given in self.inputs if given.name == name), None)


class Document:
    """An OpenAPI document, as commands."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        """Take the document."""
        self._content = content
        self.operations = list(self._operations())

    @classmethod
    def load(cls) -> "Document":
        """Return the document that the package contains."""
        file = next(place for place in PLACES if place.exists())
        return cls(json.loads(file.read_text(encoding="utf-8")))

    def find(self, method: str, path: str) -> Operation | None:
        """Return the operation of a method and path, if there is one."""
        found = (each for each in self.operations if (each.method, each.path) == (method, path))
        return next(found, None)

    def columns(self, method: str, path: str) -> list[str]:
        """Return the columns of the operation of a method and path; none if there is none."""
        found = self.find(method, path)
        return [] if found is None else found.columns

    def _operations(self) -> Iterator[Operation]:
        taken: set[tuple[str, str]] = set()
        for path in sorted(self._content["paths"], key=lambda path: (len(path), path)):
            for method, described in self._content["paths"][path].items():
                segments = _ROOT.sub("", path).split("/")
                group = GROUPS.get(segments[0], segments[0])
                verb = _verb(method, segments[1:], described["operationId"], group, taken)
                taken.add((group, verb))
                inputs = tuple(self._inputs(described))
                shapes = dict(self._shapes(described))
                yield Operation(group, verb, method.upper(), path, described, inputs, shapes)

    def _shapes(self, described: Mapping[str, Any]) -> Iterator[tuple[int, Schema | None]]:
        for status, answer in described["responses"].items():
            if status.startswith("2"):
                content = answer.get("content", {}).get("application/json")
                yield int(status), content and self._shape(content.get("schema", {}))

    def _shape(self, part: Mapping[str, Any]) -> Schema:
        """Return the schema of an answer, its members and those of its results resolved."""
        found = self._element(part)
        results = found.get("properties", {}).get("results")
        if results is None or "items" not in results:
            return found
        element = {**results, "items": self._element(results["items"])}
        return {**found, "properties": {**found["properties"], "results": element}}

    def _inputs(self, described: Mapping[str, Any]) -> Iterator[Input]:
        for parameter in map(self._resolved, described.get("parameters", ())):
            yield Input(
                (parameter["name"],),
                parameter["in"],
                self._resolved(parameter["schema"]),
                bool(parameter.get("required")),
                parameter.get("description", ""),
            )
        content = described.get("requestBody", {}).get("content", {})
        schema = self._resolved(content.get("application/json", {}).get("schema", {}))
        yield from self._members(schema, (), required=True)

    def _members(
        self, schema: Schema, under: tuple[str, ...], *, required: bool
    ) -> Iterator[Input]:
        for name, member in schema.get("properties", {}).items():
            value = self._resolved(member)
            needed = required and name in schema.get("required", ())
            description = member.get("description") or value.get("description", "")
            if "items" in value:
                value = {**value, "items": self._element(value["items"])}
            if "properties" in value and not under:
                yield from self._members(value, (name,), required=needed)
            else:
                yield Input((*under, name), "body", value, needed, description)

    def _element(self, part: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the schema of an array's elements, its members resolved."""
        found = self._resolved(part)
        if "properties" not in found:
            return found
        members = {name: self._resolved(value) for name, value in found["properties"].items()}
        return {**found, "properties": members}

    def _resolved(self, part: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a part of the document, following references; of alternatives, the first."""
        if "$ref" in part:
            found: Any = self._content
            for name in part["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            return self._resolved(found)
        arms = [each for each in part.get("anyOf", ()) if each.get("type") != "null"]
        if arms and "properties" not in part:
            found = [self._resolved(arm) for arm in arms]
            kinds = list(dict.fromkeys(_types(arm)[0] for arm in found))
            first = found[0] if len(kinds) == 1 else {**found[0], "type": kinds}
            return {**first, **{name: value for name, value in part.items() if name != "anyOf"}}
        return part


def _types(schema: Schema) -> list[str]:
    """Return the JSON types that a schema allows, without null; ``string`` where it has none."""
    given = schema.get("type", "string")
    kinds = [given] if isinstance(given, str) else [each for each in given if each != "null"]
    return kinds or ["string"]


def _verb(
    method: str, segments: list[str], operation_id: str, group: str, taken: set[tuple[str, str]]
) -> str:
    """Return what an operation is called: by its id's first word, or where that is another's (and
    for what is posted beside a collection) by the end of its path.
    """
    (first,) = re.findall(r"^[a-z]+", operation_id)
    end = segments[-1] if segments and not segments[-1].startswith("{") else ""
    if end and (method == "post" or (group, first) in taken):
        return end
    return f"{first}-{method}" if (group, first) in taken else first


def kebab(name: str) -> str:
    """Return a member's name as options have it: ``applicationId`` is ``application-id``."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"-\1", name).lower()
