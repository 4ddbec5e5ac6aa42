"""The command line: Click commands made from the document, and those of this package."""

import difflib
import json
from typing import Any

import click

from aem import __version__
from aem.client import Client
from aem.commands import Command, asks, dest
from aem.document import Document, Input, Operation
from aem.errors import UsageError
from aem.output import FORMATS, Output
from aem.settings import connection

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
EXAMPLES = """\b
Examples:
  aem login
  aem applications create shop --name "Web shop"
  aem associations bulk --link-file numbers.csv --set applicationId=shop
  aem associations list --resource-id 447700900123
  aem entities delete customer-42 --wait
  aem export -f account.yaml
  aem plan -f account.yaml

Exit codes: 0 done, 1 refused or failed, 2 used wrongly, 130 interrupted. Completion:
eval "$(_AEM_COMPLETE=bash_source aem)", also with zsh_source and fish_source."""


class Group(click.Group):
    """A group of commands that suggests the nearest name for an unknown one."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the arguments name."""
        name = args[0] if args else ""
        if name and self.get_command(ctx, name) is None and not name.startswith("-"):
            close = difflib.get_close_matches(name, self.list_commands(ctx), n=1)
            hint = f" Did you mean {close[0]}?" if close else ""
            ctx.fail(f"No such command {name!r}.{hint}")
        return super().resolve_command(ctx, args)


class Session:
    """What the options of connection and output say, for the command that runs."""

    def __init__(self) -> None:
        """Start without options."""
        self.given: dict[str, Any] = {}

    def client(self) -> Client:
        """Return a client of the API.

        Raises:
            UsageError: The URL or the key is missing or malformed.
        """
        return Client(connection(self.given))

    def output(self) -> Output:
        """Return the output in the chosen format."""
        columns = [name for name in (self.given.get("columns") or "").split(",") if name]
        form = "json" if self.given.get("json") else self.given.get("output")
        return Output(form, columns, self.given.get("query"))


def session(context: click.Context) -> Session:
    """Return the session of the process's command."""
    found: Session = context.find_root().ensure_object(Session)
    return found


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value not in (None, False):
        session(context).given[str(parameter.name).removeprefix("common_")] = value


def common(command: click.Command) -> click.Command:
    """Add the options of connection and output to a command."""

    def option(name: str, **settings: Any) -> None:
        command.params.append(
            click.Option(
                [f"--{name}", f"common_{name.replace('-', '_')}"],
                expose_value=False,
                callback=_keep,
                **settings,
            )
        )

    option("url", metavar="URL", help="Base URL (AEM_URL).")
    option("api-key", metavar="KEY", help="API key (better: AEM_API_KEY, or aem login).")
    option("profile", metavar="NAME", help="Profile of aem login (AEM_PROFILE).")
    option("output", type=click.Choice(FORMATS), help="Format; JSON where output is no terminal.")
    option("json", is_flag=True, help="The same as --output json.")
    option("columns", metavar="A,B", help="Columns of a table or CSV.")
    if not any(parameter.name == "query" for parameter in command.params):
        option("query", metavar="JMESPATH", help="Select from the result with JMESPath.")
    return command


def build(document: Document) -> click.Group:
    """Return the whole command line."""
    root = Group(
        "aem",
        help="Manage applications, entities and the resources that are linked to them.",
        epilog=EXAMPLES,
        context_settings=_CONTEXT,
        no_args_is_help=True,
    )
    common(root)
    root.params.append(
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_version,
            help="Show the version.",
        )
    )
    root.callback = lambda: None
    for operation in document.operations:
        group = root.commands.get(operation.group)
        if not isinstance(group, click.Group):
            group = Group(operation.group, no_args_is_help=True)
            root.add_command(group)
        group.add_command(_command(document, operation))
    for group in root.commands.values():
        if isinstance(group, click.Group):
            group.help = f"{', '.join(group.commands)}"
    return root


def _version(context: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001
    if value:
        click.echo(f"aem {__version__}")
        context.exit()


def _command(document: Document, operation: Operation) -> click.Command:
    def run(**arguments: Any) -> int:
        context = click.get_current_context()
        output = session(context).output()
        for value in arguments.values():
            _check_text(value)
        made = Command(document, operation, arguments, session(context).client(), output)
        return made.run()

    positional = positionals(operation)
    parameters: list[click.Parameter] = []
    for given in operation.inputs:
        if given in positional:
            metavar = given.flag.upper().replace("-", "_")
            parameters.append(click.Argument([dest(given)], metavar=metavar, type=_type(given)))
        else:
            parameters += _options(operation, given)
    parameters += _comforts(operation)
    summary = operation.described.get("summary", "")
    description = operation.described.get("description", "").replace("`", "")
    text = f"{summary}.\n\n{description}" if description else f"{summary}."
    return common(
        click.Command(
            operation.verb,
            callback=run,
            params=parameters,
            help=text,
            short_help=summary,
            context_settings=_CONTEXT,
        )
    )


def _check_text(value: Any) -> None:
    """Refuse arguments that are not text in the terminal's encoding.

    Raises:
        UsageError: An argument has bytes that could not be decoded.
    """
    for text in value if isinstance(value, tuple) else (value,):
        if isinstance(text, str) and any("\ud800" <= each <= "\udfff" for each in text):
            raise UsageError("An argument is not text in the encoding of this terminal")


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
    settings: dict[str, Any] = {
        "help": given.help.replace("`", ""),
        "type": _type(given),
        "required": given.required and given.place == "query",
    }
    items = given.schema.get("items", {})
    if given.kind == "array" and items.get("type") == "string":
        settings |= {"multiple": True, "type": _words(items)}
    elif given.kind == "array" and "properties" in items:
        settings |= {"metavar": "JSON"}
    elif not isinstance(settings["type"], click.Choice):
        settings["metavar"] = given.name[-1].upper()
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
        added.append(_flag("resume", "Go on with an interrupted run of the same lists."))
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
            return json.loads(value) if isinstance(value, str) else value
        except (ValueError, RecursionError):
            self.fail("must be JSON", param, ctx)
