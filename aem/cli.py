"""The command line: Click commands made from the document, and those of this package."""

from typing import Any

import click

from aem import __version__, examples, groups
from aem.client import Client
from aem.commands import Command
from aem.document import Document, Operation
from aem.errors import UsageError
from aem.groups import Group
from aem.options import parameters
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
        """Return the output in the chosen format.

        Raises:
            UsageError: The options contradict each other, or one is malformed.
        """
        given = self.given.get("columns")
        columns = [] if given is None else [name.strip() for name in given.split(",")]
        if "" in columns:
            raise UsageError(f"--columns: a name is missing in {given!r}")
        form = self.given.get("output")
        if self.given.get("json") and form not in {None, "json"}:
            raise UsageError(f"--json and --output {form} cannot be used together")
        return Output("json" if self.given.get("json") else form, columns, self.given.get("query"))


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
    return root


def describe_groups(root: click.Group) -> None:
    """Let the help of each group name its commands, once all are there."""
    for group in root.commands.values():
        if isinstance(group, click.Group):
            group.help = ", ".join(group.commands)


def _version(context: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001
    if value:
        click.echo(f"aem {__version__}")
        context.exit()


def _command(document: Document, operation: Operation) -> click.Command:
    def run(**arguments: Any) -> int:
        context = click.get_current_context()
        output = session(context).output()
        made = Command(document, operation, arguments, session(context).client(), output)
        return made.run()

    summary = operation.described.get("summary", "")
    description = operation.described.get("description", "").replace("`", "")
    text = f"{summary}.\n\n{description}" if description else f"{summary}."
    return common(
        groups.Command(
            operation.verb,
            callback=run,
            params=parameters(operation),
            help=text,
            short_help=summary,
            epilog=examples.epilog(f"{operation.group} {operation.verb}"),
            context_settings=_CONTEXT,
        )
    )
