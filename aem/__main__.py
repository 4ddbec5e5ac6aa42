"""The command: ``python -m aem``."""

import os
import sys
from collections.abc import Sequence

import requests

from aem import parser
from aem.client import PATIENCE, Client
from aem.commands import Command
from aem.document import Document
from aem.errors import FAILED, CommandError, UsageError
from aem.output import Output


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command and return its exit code.

    Args:
        arguments: The command line; None takes the process's own.
    """
    output = Output(as_json="--json" in (sys.argv if arguments is None else arguments))
    try:
        document = Document.beside() or _served()
        given = vars(parser.parser(document).parse_args(arguments))
        client = Client(_setting(given, "url"), _setting(given, "api_key"))
        code = Command(document, given, client, output).run()
        sys.stdout.flush()
    except CommandError as error:
        output.fail(error)
        return error.code
    except BrokenPipeError:
        # Who reads has enough (`| head`); Python would complain when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return FAILED
    return code


def _setting(given: dict[str, object], name: str) -> str:
    """Return a setting from the command line or the environment.

    Raises:
        UsageError: Neither has it.
    """
    variable = f"AEM_{name.upper()}"
    value = given.get(name) or os.environ.get(variable)
    if not value:
        raise UsageError(f"Give {variable}, or --{name.replace('_', '-')}")
    return str(value)


def _served() -> Document:
    """Return the document that the API serves, where none stands beside the package."""
    url = os.environ.get("AEM_URL")
    if not url:
        raise UsageError("Give AEM_URL")
    try:
        answer = requests.get(f"{url.rstrip('/')}/openapi.json", timeout=PATIENCE)
        answer.raise_for_status()
        return Document(answer.json())
    except (requests.RequestException, ValueError) as error:
        raise CommandError(f"No document from {url}: {type(error).__name__}") from None


if __name__ == "__main__":
    sys.exit(main())
