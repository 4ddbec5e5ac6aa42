"""The arguments and options of commands that come from the document."""

from typing import Any

import click

from aem import forms
from aem.arguments import dest
from aem.commands import asks
from aem.document import Input, Operation, kebab
from aem.errors import UsageError


def parameters(operation: Operation) -> list[click.Parameter]:
    """Return all that a command takes, beside the options of connection and output."""
    positional = positionals(operation)
    found: list[click.Parameter] = []
    for given in operation.inputs:
        if given in positional:
            metavar = given.flag.upper().replace("-", "_")
            needed = given.place == "path"  # a member may come from --body
            found.append(
                click.Argument([dest(given)], metavar=metavar, type=_type(given), required=needed)
            )
        else:
            found += _options(operation, given)
    return [*found, *_comforts(operation)]


def positionals(operation: Operation) -> list[Input]:
    """Return what a command takes without options: the ids of its path, or the only required
    value of its body.
    """
    in_path = [given for given in operation.inputs if given.place == "path"]
    needed = [
        given
        for given in operation.body
        if given.required and given.kind not in {"array", "object"}
    ]
    return in_path or (needed if len(needed) == 1 and len(needed[0].name) == 1 else [])


def _options(operation: Operation, given: Input) -> list[click.Parameter]:
    flags = [f"--{given.flag}", dest(given)]
    if given.place == "body" and given.name[-1].endswith("Name") and len(given.name) == 1:
        flags.insert(0, "--name")
    if given.name[0] == "platform" and not operation.input(given.name[-1]):
        flags.insert(0, f"--{kebab(given.name[-1])}")
    settings: dict[str, Any] = {
        "help": given.help.replace("`", ""),
        "type": _type(given),
        "required": given.required and given.place == "query",
    }
    if given.kind == "boolean" and not given.required:
        both = [f"--{given.flag}/--no-{given.flag}", dest(given)]
        return [click.Option(both, help=settings["help"], default=None)]
    items = given.schema.get("items", {})
    if given.kind == "array" and items.get("type") == "string":
        settings |= {"multiple": True, "type": _words(items)}
    elif given.kind == "array" and "properties" in items:
        settings |= {"metavar": "JSON"}
    elif not isinstance(settings["type"], click.Choice):
        settings["metavar"] = kebab(given.name[-1]).rpartition("-")[2].upper()
    options: list[click.Parameter] = [click.Option(flags, **settings)]
    if given.kind == "array" and given.place == "body" and operation.is_bulk:
        text = f"{given.name[-1]}, from a file: JSON, JSON lines, CSV; - for standard input."
        options.append(
            click.Option([f"--{given.flag}-file", f"{dest(given)}_file"], metavar="FILE", help=text)
        )
    return options


def _words(items: Any) -> click.ParamType:
    return click.Choice(items["enum"]) if items.get("enum") else click.STRING


def _flag(name: str, text: str) -> click.Option:
    return click.Option([f"--{name}"], is_flag=True, help=text)


def _comforts(operation: Operation) -> list[click.Parameter]:
    """Return the options that this client adds to what the API takes."""
    added: list[click.Parameter] = []
    if operation.pages:
        added.append(_flag("all", "All pages, not one."))
    if operation.body:
        text = "The whole body; @FILE for a file, @- for standard input."
        added.append(click.Option(["--body"], metavar="JSON", help=text))
    if operation.starts_operation or operation.path.endswith("/operations/{operationId}"):
        added.append(_flag("wait", "Follow the operation until it has ended."))
    if asks(operation):
        added.append(_flag("yes", "Do not ask."))
    if operation.method == "PUT" and operation.body:
        added.append(_clear(operation))
    return [*added, *_repeat_comforts(operation)]


def _repeat_comforts(operation: Operation) -> list[click.Parameter]:
    added: list[click.Parameter] = []
    creates = operation.is_bulk or operation.verb == "create"
    if creates and operation.group != "keys":
        added.append(_flag("if-missing", "What exists already counts as done."))
    if operation.is_bulk or operation.verb == "delete":
        added.append(_flag("if-present", "What does not exist counts as deleted."))
    if operation.is_bulk:
        added.append(_flag("resume", "Go on with a run of the same lists that was interrupted."))
        size = click.IntRange(1, 1000)
        text = "Elements in a request (default: 1000)."
        added.append(click.Option(["--batch-size"], type=size, metavar="NUMBER", help=text))
        text = "A member that every element gets."
        added.append(
            click.Option(["--set", "constants"], multiple=True, metavar="NAME=VALUE", help=text)
        )
    return added


def _clear(operation: Operation) -> click.Option:
    names = [given.name[0] for given in operation.body]
    if len(names) == 1:
        return _flag("clear", f"Remove the {names[0]}.")
    return click.Option(
        ["--clear"], multiple=True, type=click.Choice(names), help="Remove a value."
    )


def _type(given: Input) -> click.ParamType:
    if words := given.schema.get("enum"):
        return click.Choice([word for word in words if word is not None])
    found: dict[str, click.ParamType] = {
        "integer": click.INT,
        "number": click.FLOAT,
        "boolean": _Boolean(),
        "array": _Json(),
        "object": _Json(),
    }
    return found.get(given.kind, click.STRING)


class _Boolean(click.ParamType):
    name = "true|false"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bool:
        """Return the boolean that a text is."""
        if str(value).lower() not in {"true", "false"}:
            self.fail("must be true or false", param, ctx)
        return str(value).lower() == "true"


class _Json(click.ParamType):
    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the document that a text is."""
        try:
            return forms.parse_json(value, "") if isinstance(value, str) else value
        except UsageError as error:
            self.fail(f"must be JSON{error}", param, ctx)
