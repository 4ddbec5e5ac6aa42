"""The arguments of a command, as the parts of its request."""

from collections.abc import Mapping
from typing import Any

from aem import forms, id_lists, inputs, times
from aem.document import Input, Operation, kebab
from aem.errors import UsageError

ID_NAMES = {"applications": "applicationId", "entities": "entityId"}
"""What ids are called, by group of commands."""


class Arguments:
    """What a command was given.

    Args:
        operation: The API operation of the command.
        values: The values of arguments and options, by their names in Click.
    """

    def __init__(self, operation: Operation, values: Mapping[str, Any]) -> None:
        """Take the values."""
        self._operation = operation
        self._values = values

    def flag(self, name: str) -> bool:
        """Return whether an option without a value was given."""
        return bool(self._values.get(name))

    def number(self, name: str) -> int | None:
        """Return the value of an option that takes a number."""
        value = self._values.get(name)
        return value if isinstance(value, int) else None

    def ids(self) -> dict[str, str]:
        """Return the ids of the path.

        Raises:
            UsageError: One cannot be addressed in a path.
        """
        found = self._placed("path")
        for name, value in found.items():
            check_path_id(name, value)
        return found

    def headers(self) -> dict[str, str]:
        """Return the headers.

        Raises:
            UsageError: A value has a character that no header has.
        """
        found = self._placed("header")
        for name, value in found.items():
            if not (value.isascii() and value.isprintable() and value == value.strip()):
                raise UsageError(f"--{name.lower()}: {value!r} cannot be the value of a header")
        return found

    def query(self) -> dict[str, Any]:
        """Return the query; moments and booleans as the API has them.

        Raises:
            UsageError: A moment is none, or one is after the other.
        """
        query = self._placed("query")
        for name, value in query.items():
            given = self._operation.input(name)
            if name in {"since", "until", "at"}:
                query[name] = times.moment(value)
            elif given is not None and isinstance(value, bool):
                query[name] = str(value).lower()
        if query.get("since", "") > query.get("until", "~"):
            raise UsageError(f"--since {query['since']} is after --until {query['until']}")
        return query

    def body(self) -> dict[str, Any] | None:
        """Return the body: what ``--body`` gives, and what options give.

        Raises:
            UsageError: It has members that the API does not know, or two values for one, or lacks
                some.
        """
        members = self._operation.body
        if not members:
            return None
        self._check_standard_input()
        body = self._whole_body()
        for given in members:
            value = self._value(given)
            if value is not None:
                *under, name = given.name
                holder = _holder(body, under)
                if name in holder:
                    raise UsageError(f"{'.'.join(given.name)} is in --body and in another option")
                holder[name] = value
        for name in self._cleared():
            if body.get(name) is not None:
                raise UsageError(f"{name} is given and cleared")
            body[name] = None
        self._check_constants()
        if self._operation.method in {"PUT", "PATCH"} and not body:
            options = ", ".join(f"--{given.flag}" for given in members)
            clear = " or --clear" if self._operation.method == "PUT" else ""
            raise UsageError(f"Nothing to change: give {options}{clear}")
        self._check_required(body)
        return body

    def _placed(self, place: str) -> dict[str, Any]:
        found = {
            given.name[0]: self._values.get(dest(given))
            for given in self._operation.inputs
            if given.place == place
        }
        if place != "path" and "" in found.values():
            name = next(name for name, value in found.items() if value == "")
            raise UsageError(f"--{kebab(name)}: is empty")
        return {name: value for name, value in found.items() if value is not None}

    def _whole_body(self) -> dict[str, Any]:
        text = self._values.get("body")
        if text is None:
            return {}
        source = text[1:] if text.startswith("@") else None
        text = text if source is None else forms.read_text(source)
        body = forms.parse_json(text, "--body")
        if not isinstance(body, dict):
            raise UsageError("--body: expected a JSON object")
        known: dict[str, Any] = {}
        for given in self._operation.body:
            if len(given.name) == 1:
                known[given.name[0]] = given.schema
            else:
                member = known.setdefault(given.name[0], {"type": "object", "properties": {}})
                member["properties"][given.name[1]] = given.schema
        inputs.check_members(body, {"properties": known}, "--body")
        return body

    def _value(self, given: Input) -> Any:
        source = self._values.get(f"{dest(given)}_file")
        value = self._values.get(dest(given))
        if given.kind == "array" and not value:
            value = None
        if given.name[-1] == "expiresAt" and isinstance(value, str):
            value = times.moment(value, ahead=True)
        if value == "" and given.name[-1].endswith("Id"):
            # The API takes an empty id for none, which is another target.
            raise UsageError(f"--{given.flag}: is empty")
        if isinstance(value, list | dict):
            name = given.name[-1]
            inputs.check_members({name: value}, {"properties": {name: given.schema}}, "options")
        if source is None:
            return list(value) if isinstance(value, tuple) else value
        if value is not None:
            raise UsageError(f"--{given.flag} and --{given.flag}-file cannot be used together")
        return self._listed(source, given.schema["items"])

    def _listed(self, source: str, element: inputs.Schema) -> list[Any]:
        if "properties" in element:
            return inputs.read_objects(source, element, self._constants())
        if self._constants():
            raise UsageError(f"--set: {source} is a list of ids, which have no members")
        return list(id_lists.read(source, ID_NAMES.get(self._operation.group, "id")))

    def _check_standard_input(self) -> None:
        """Refuse two values from standard input: the second would be empty."""
        files = {f"--{given.flag}-file": f"{dest(given)}_file" for given in self._operation.body}
        sources = {option: str(self._values.get(name)) for option, name in files.items()}
        body = str(self._values.get("body"))
        sources["--body"] = body.removeprefix("@") if body.startswith("@") else ""
        readers = [option for option, source in sources.items() if forms.is_standard_input(source)]
        if len(readers) > 1:
            raise UsageError(f"{' and '.join(readers)} cannot both read standard input")

    def _check_constants(self) -> None:
        files = (f"{dest(given)}_file" for given in self._operation.body)
        if self._values.get("constants") and not any(map(self._values.get, files)):
            raise UsageError("--set gives members to the elements of a file, and there is none")

    def _constants(self) -> dict[str, str]:
        constants: dict[str, str] = {}
        for text in self._values.get("constants") or ():
            name, equals, value = text.partition("=")
            if not equals or not value or name in constants:
                raise UsageError(f"--set {text}: expected NAME=VALUE, each name once")
            constants[name] = value
        return constants

    def _cleared(self) -> list[str]:
        cleared = self._values.get("clear")
        if cleared is True:
            cleared = [given.name[0] for given in self._operation.body]
        return list(cleared or ())

    def _check_required(self, body: Mapping[str, Any]) -> None:
        for given in self._operation.body:
            *under, name = given.name
            holder = body.get(under[0], {}) if under else body
            if given.required and isinstance(holder, Mapping) and holder.get(name) is None:
                raise UsageError(f"{given.flag} is missing")


def _holder(body: dict[str, Any], under: list[str]) -> dict[str, Any]:
    """Return the object that a member belongs to.

    Raises:
        UsageError: ``--body`` has something else there.
    """
    if not under:
        return body
    holder = body.setdefault(under[0], {})
    if not isinstance(holder, dict):
        raise UsageError(f"--body: {under[0]}: expected an object")
    return holder


def check_path_id(name: str, value: str) -> None:
    """Refuse what cannot stand in a path.

    Raises:
        UsageError: The id is blank, ``.`` or ``..``.
    """
    if not value.strip() or value in {".", ".."}:
        raise UsageError(f"{name}: {value!r} cannot be addressed: it is blank, . or ..")


def dest(given: Input) -> str:
    """Return the name under which a value is among the arguments."""
    return "__".join((given.place, *given.name)).replace("-", "_").lower()
