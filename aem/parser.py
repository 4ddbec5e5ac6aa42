"""Makes the command line from the operations of the document."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aem.document import Document, Input, Operation
from aem.errors import UsageError

DESCRIPTION = """\
Manage applications, entities and the resources that are linked to them.

The base URL and the key are taken from AEM_URL and AEM_API_KEY. Results are tables for people, and
JSON with --json or where the output is no terminal. Exit codes: 0 done, 1 refused or failed, 2 not
given as it must be."""


def parser(document: Document) -> argparse.ArgumentParser:
    """Return what reads the command line."""
    top = argparse.ArgumentParser(
        prog="python -m aem",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    groups = top.add_subparsers(title="groups", dest="group", required=True, metavar="GROUP")
    verbs: dict[str, Any] = {}
    for operation in document.operations:
        if operation.group not in verbs:
            told = f"{', '.join(_verbs(document, operation.group))}"
            of_group = groups.add_parser(operation.group, help=told, allow_abbrev=False)
            verbs[operation.group] = of_group.add_subparsers(
                title="commands", dest="verb", required=True, metavar="COMMAND"
            )
        _add(verbs[operation.group], operation)
    return top


def _verbs(document: Document, group: str) -> list[str]:
    return [operation.verb for operation in document.operations if operation.group == group]


def _add(verbs: Any, operation: Operation) -> None:
    command = verbs.add_parser(
        operation.verb,
        help=operation.described.get("summary"),
        description=_plain(operation.described.get("description", "")),
        allow_abbrev=False,
    )
    command.set_defaults(operation=operation)
    positional = positionals(operation)
    for given in operation.inputs:
        _add_input(command, given, positional=given in positional)
    _add_comforts(command, operation)
    _add_common(command)


def positionals(operation: Operation) -> list[Input]:
    """Return what a command takes without options: ids of the path, and the one value that a body
    must have if it is the only one.
    """
    needed = [
        given
        for given in operation.inputs
        if given.place == "body" and given.required and given.kind not in {"array", "object"}
    ]
    in_path = [given for given in operation.inputs if given.place == "path"]
    return in_path or (needed if len(needed) == 1 else [])


def _add_input(command: argparse.ArgumentParser, given: Input, *, positional: bool) -> None:
    told = _plain(given.help).replace("%", "%%")
    settings: dict[str, Any] = {"help": told, "type": _reader(given)}
    if choices := given.schema.get("enum"):
        settings["choices"] = choices
    if positional:
        command.add_argument(dest(given), metavar=given.flag.upper().replace("-", "_"), **settings)
        return
    flags = [f"--{given.flag}", *_short_flags(command, given)]
    settings |= {"dest": dest(given), "default": argparse.SUPPRESS}
    if given.kind == "array" and given.schema.get("items", {}).get("type") == "string":
        settings |= {"nargs": "+", "type": str, "metavar": "VALUE"}
    elif "choices" not in settings:
        settings["metavar"] = given.name[-1].upper()
    # What a body needs may also come by --body, so the API is left to say what is missing.
    settings["required"] = given.required and given.place == "query"
    command.add_argument(*flags, **settings)
    if given.kind == "array" and given.place == "body":
        command.add_argument(
            f"--{given.flag}-file",
            dest=f"{dest(given)}:file",
            metavar="FILE",
            help=f"{given.name[-1]}, from a file: JSON, JSON lines or CSV; - for what comes in",
        )


def _short_flags(command: argparse.ArgumentParser, given: Input) -> list[str]:
    """Return a shorter name of the option for a name, where it is not another's."""
    name = given.name[-1]
    short = name.endswith("Name") and given.place == "body" and len(given.name) == 1
    taken = "--name" in command._option_string_actions  # noqa: SLF001 - argparse does not tell
    return ["--name"] if short and not taken else []


def _add_comforts(command: argparse.ArgumentParser, operation: Operation) -> None:
    if operation.pages:
        command.add_argument("--all", action="store_true", help="all pages, not one")
    if any(given.place == "body" for given in operation.inputs):
        command.add_argument(
            "--body", metavar="JSON", help="the whole body; @FILE for a file, @- for what comes in"
        )
    if operation.starts_operation or operation.path.endswith("/operations/{operationId}"):
        command.add_argument("--wait", action="store_true", help="wait until it has ended")
    if asks(operation):
        command.add_argument("--yes", action="store_true", help="do not ask")


def asks(operation: Operation) -> bool:
    """Return whether a command is to be confirmed: it deletes, or can be rehearsed."""
    deletes = operation.method == "DELETE" and "{" in operation.path
    return deletes or operation.input("dryRun") is not None


def _add_common(command: argparse.ArgumentParser) -> None:
    common = command.add_argument_group("connection and output")
    common.add_argument("--url", help="base URL (AEM_URL)")
    common.add_argument("--api-key", metavar="KEY", help="API key (better: AEM_API_KEY)")
    common.add_argument("--json", action="store_true", help="results as JSON")


def dest(given: Input) -> str:
    """Return where a value is found among the arguments that were read."""
    return ":".join((given.place, *given.name))


def _reader(given: Input) -> Any:
    return {
        "integer": int,
        "number": float,
        "boolean": _boolean,
        "array": _json,
        "object": _json,
    }.get(given.kind, str)


def _boolean(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        message = "must be true or false"
        raise argparse.ArgumentTypeError(message)
    return text.lower() == "true"


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        message = "must be JSON"
        raise argparse.ArgumentTypeError(message) from None


def body_of(text: str, incoming: Any) -> Any:
    """Return what ``--body`` gives.

    Args:
        text: The JSON, or ``@`` and a file's name.
        incoming: The stream that ``@-`` stands for.

    Raises:
        UsageError: It is no JSON, or there is no such file.
    """
    try:
        if text.startswith("@"):
            text = incoming.read() if text == "@-" else Path(text[1:]).read_text(encoding="utf-8")
        return json.loads(text)
    except (OSError, ValueError) as error:
        raise UsageError(f"--body: {error}") from None


def _plain(text: str) -> str:
    return text.replace("`", "").replace("\n\n", " ")


def chunks(elements: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """Return a list in parts of at most so many elements."""
    return [elements[start : start + size] for start in range(0, len(elements), size)]
