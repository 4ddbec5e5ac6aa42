"""Types of what the operator's commands take, and how they write results."""

import json
from typing import Any

import click

from aem import times
from aem.errors import UsageError
from provisioning.accounts import accounts, limits
from provisioning.core.errors import NotFoundError


class _Filled(click.ParamType):
    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse blank text."""
        if not str(value).strip():
            self.fail("must not be blank", param, ctx)
        return str(value)


class _Moment(click.ParamType):
    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return a moment in ISO 8601."""
        try:
            return times.moment(str(value), ahead=True)
        except UsageError as error:
            self.fail(str(error), param, ctx)


class _Json(click.ParamType):
    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the document that a text is."""
        try:
            return json.loads(value) if isinstance(value, str) else value
        except (ValueError, RecursionError):
            self.fail(f"{value!r} is not JSON", param, ctx)


class _Limit(click.ParamType):
    name = "NAME=NUMBER"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return a limit's name and value."""
        if isinstance(value, tuple):
            return value
        name, _, number = str(value).partition("=")
        if name not in limits.NAMES or not number.isascii() or not number.isdigit():
            names = ", ".join(limits.NAMES)
            self.fail(f"{value!r} is not NAME=NUMBER with one of the names {names}", param, ctx)
        return name, int(number)


FILLED, MOMENT, JSON, LIMIT = _Filled(), _Moment(), _Json(), _Limit()
account = click.argument("account", type=FILLED)
key = click.argument("key", type=FILLED)


def check_account(name: str) -> None:
    """Refuse an account that does not exist: its lists would be empty, not wrong.

    Raises:
        click.ClickException: There is no such account.
    """
    try:
        accounts.get(name)
    except NotFoundError:
        raise click.ClickException(f"There is no account {name!r}; see list-accounts") from None


def show(**content: object) -> None:
    """Write an item, as JSON on one line."""
    click.echo(json.dumps(content, ensure_ascii=False))


def note(text: str) -> None:
    """Write a line for people to standard error."""
    click.echo(text, err=True)
