"""The command ``aem numbers whois``."""

from collections.abc import Iterator, Mapping
from typing import Any

import click

from aem import examples, times
from aem.arguments import check_path_id
from aem.cli import common, session
from aem.client import fill
from aem.errors import OK, ApiError, CommandError
from aem.groups import Command, Group
from aem.names import key_names

_RESOURCE = "/provisioning/1/resources/NUMBER/{resourceId}"
_MISSING = 404
_COLUMNS = ("number", "channel", "applicationId", "entityId", "since", "by")


def add(root: click.Group) -> None:
    """Add the commands to the command line."""
    group = Group("numbers", no_args_is_help=True)
    group.add_command(
        common(
            Command(
                "whois",
                callback=_whois,
                epilog=examples.epilog("numbers whois"),
                help="Show the application and entity that a number belongs to, on each channel.",
                params=[
                    click.Argument(["number"]),
                    click.Option(
                        ["--at"], metavar="MOMENT", help="The owners at an earlier moment."
                    ),
                ],
            )
        )
    )
    root.add_command(group)


def _whois(number: str, at: str | None) -> int:
    current = session(click.get_current_context())
    output, client = current.output(), current.client()
    output.expect(_COLUMNS)
    check_path_id("NUMBER", number)
    query = {} if at is None else {"at": times.moment(at)}
    try:
        found = client.get(fill(_RESOURCE, {"resourceId": number}), query)
    except ApiError as error:
        if error.status == _MISSING and error.is_own and at is None:
            raise CommandError(f"{number} is not linked to any application or entity") from None
        raise
    if not isinstance(found.get("channels"), list):
        raise client.foreign("an answer that is not a resource")
    if output.form not in {"table", "csv"}:
        output.show(found)
        return OK
    try:
        owners = list(_owners(found, key_names(client)))
    except (AttributeError, TypeError):
        raise client.foreign("a resource of another shape") from None
    output.show(owners)
    return OK


def _owners(resource: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for channel in resource["channels"]:
        for owner in channel.get("owners", ()):
            by = owner.get("by")
            yield {
                "number": resource.get("resourceId"),
                "channel": channel.get("channel"),
                "applicationId": owner.get("applicationId"),
                "entityId": owner.get("entityId"),
                "since": owner.get("since"),
                "by": names.get(str(by), by),
            }
