"""Commands beside the API's routes: profiles, watching operations, and ``doctor``."""

import platform
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from typing import Any

import click

from aem import __version__, examples, prompts, retries, settings
from aem.arguments import check_path_id
from aem.cli import Session, common, session
from aem.client import Answer, Client, fill
from aem.document import Document
from aem.errors import FAILED, OK, ApiError, CommandError, UsageError
from aem.follow import OPERATION, follow
from aem.groups import Command, Group
from aem.names import CURRENT_KEY
from aem.output import Output

_LIMITS = "/provisioning/1/limits"
_LARGEST_SKEW = 60
_PROFILE = ("name", "url", "key", "default")


def add(root: click.Group) -> None:
    """Add these commands to the command line."""
    root.add_command(
        _made(
            "login",
            _login,
            "Store the URL and key of an account as a profile.",
            [
                click.Option(
                    ["--name"],
                    help="Name of the profile; else --profile or AEM_PROFILE, or default.",
                ),
                click.Option(
                    ["--api-key-stdin"], is_flag=True, help="Read the key from standard input."
                ),
            ],
        )
    )
    profiles = Group("profiles", no_args_is_help=True)
    profiles.add_command(_made("profiles list", _list_profiles, "List the profiles."))
    name = click.Argument(["name"])
    profiles.add_command(
        _made("profiles use", _use_profile, "Make a profile the default one.", [name])
    )
    profiles.add_command(
        _made("profiles remove", _remove_profile, "Remove a profile and its key.", [name])
    )
    root.add_command(profiles)
    root.add_command(_made("doctor", _doctor, "Check URL, key, scopes, clock and versions."))
    operations = root.commands.get("operations")
    if isinstance(operations, click.Group):
        identifier = click.Argument(["operation_id"], metavar="OPERATION_ID")
        text = "Follow an operation until it has ended."
        operations.add_command(_made("operations watch", _watch, text, [identifier]))


def _made(
    name: str,
    callback: Callable[..., int],
    text: str,
    parameters: list[click.Parameter] | None = None,
) -> click.Command:
    made = Command(
        name.rsplit(maxsplit=1)[-1], callback=callback, help=text, params=list(parameters or ())
    )
    made.epilog = examples.epilog(name)
    return common(made)


def _started(columns: Collection[str] = ()) -> tuple[Session, Output]:
    """Return the session and output of the command, whose result can have these columns."""
    current = session(click.get_current_context())
    output = current.output()
    output.expect(columns)
    return current, output


def _login(name: str | None, *, api_key_stdin: bool) -> int:
    current, output = _started()
    given = current.given
    names = (name, given.get("profile"), settings.profile_name(given), "default")
    name = next(each for each in names if each is not None)
    if not name.strip() or not name.isprintable():
        raise UsageError(f"{name!r} cannot be the name of a profile")
    if not given.get("url"):
        _require_terminal(output, "--url")
    url = given.get("url") or prompts.ask("Base URL: ")
    checked = settings.base_url(url, "--url")
    if api_key_stdin:
        secret = prompts.piped("--api-key-stdin")
    elif given.get("api_key"):
        secret = given["api_key"]
    else:
        _require_terminal(output, "--api-key-stdin")
        secret = prompts.ask_hidden("API key: ")
    connected = settings.Connection(checked, settings.api_key(secret, "The API key"))
    _reached(Client(connected))
    place = settings.save_profile(name, connected)
    output.say(f"Profile {name} saved; its key is in {place}.")
    return OK


def _require_terminal(output: Output, option: str) -> None:
    if not output.interactive:
        raise UsageError(f"Not a terminal: give {option}.")


def _list_profiles() -> int:
    _, output = _started(_PROFILE)
    content = settings.read_profiles()
    rows = [
        {
            "name": name,
            "url": profile.get("url"),
            "key": "keyring" if profile.get("keyring") else "file",
            "default": name == content.get("default"),
        }
        for name, profile in sorted(content["profiles"].items())
    ]
    output.show(rows)
    return OK


def _use_profile(name: str) -> int:
    _, output = _started()
    content = settings.read_profiles()
    if name not in content["profiles"]:
        raise UsageError(f"No profile {name!r}")
    settings.write_profiles({**content, "default": name})
    output.say("Done.")
    return OK


def _remove_profile(name: str) -> int:
    _, output = _started()
    settings.remove_profile(name)
    output.say("Done.")
    return OK


def _watch(operation_id: str) -> int:
    check_path_id("operationId", operation_id)
    current, output = _started(Document.load().columns("GET", OPERATION))
    path = fill(OPERATION, {"operationId": operation_id})
    return follow(current.client(), output, path)


def _doctor() -> int:
    current, output = _started(("check", "result", "detail"))
    rows = list(_checks(current.client()))
    output.show(rows)
    return OK if all(row["result"] != "failed" for row in rows) else FAILED


def _checks(client: Client) -> Iterator[dict[str, str]]:
    yield _row("versions", "ok", f"aem {__version__}, Python {platform.python_version()}")
    try:
        answer = _reached(client)
    except CommandError as error:
        is_own = isinstance(error, ApiError) and error.is_own
        if is_own:
            yield _row("reachable", "ok", client.url)
        yield _row("key" if is_own else "reachable", "failed", str(error))
        return
    yield _row("reachable", "ok", client.url)
    yield _row("key", "ok", "accepted")
    yield _clock(answer.headers.get("Date"))
    yield _scopes(client)
    yield _scope(client, "read applications and entities", "/provisioning/1/applications")
    yield _scope(client, "manage API keys", "/provisioning/1/api-keys")


def _reached(client: Client) -> Answer:
    """Make a request that any key may make.

    Raises:
        CommandError: It was refused, or the answer is not the API's.
    """
    answer = client.send("GET", _LIMITS)
    if "requests" not in client.object(answer):
        raise client.foreign("an answer without requests")
    return answer


def _scopes(client: Client) -> dict[str, str]:
    try:
        key = client.get(CURRENT_KEY)
    except CommandError as error:
        return _row("scopes", "failed", str(error))
    scopes, platform = key.get("scopes"), key.get("platform")
    if not isinstance(scopes, list):
        return _row("scopes", "failed", str(client.foreign("a key without scopes")))
    restricted = "; restricted to some applications or entities" if platform else ""
    return _row("scopes", "ok", f"{', '.join(map(str, scopes))}{restricted}")


def _scope(client: Client, name: str, path: str) -> dict[str, str]:
    try:
        client.page(path, {"size": 1})
    except ApiError as error:
        if error.is_forbidden:
            return _row(name, "not allowed", "the key lacks the scope")
        return _row(name, "failed", str(error))
    except CommandError as error:
        return _row(name, "failed", str(error))
    return _row(name, "ok", "")


def _clock(date: str | None) -> dict[str, str]:
    there = retries.http_date(date or "")
    if there is None:
        return _row("clock", "unknown", "the server sends no Date")
    skew = (datetime.now(UTC) - there).total_seconds()
    result = "ok" if abs(skew) <= _LARGEST_SKEW else "failed"
    return _row("clock", result, f"{abs(skew):.0f} s {'ahead' if skew > 0 else 'behind'}")


def _row(check: str, result: str, detail: str) -> dict[str, Any]:
    return {"check": check, "result": result, "detail": detail}
