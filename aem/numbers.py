"""The command ``aem numbers whois``."""

from collections.abc import Iterator, Mapping
from typing import Any

import click

from aem import examples, times
from aem.arguments import check_path_id
from aem.cli import common, session
from aem.client import fill
from aem.errors import OK, ApiError, CommandError
from aem.groups import Group
from aem.names import key_names

_RESOURCE = "/provisioning/1/resources/NUMBER/{resourceId}"
_MISSING = 404


def add(root: click.Group) -> None:
    """Add the commands to the command line."""
    group = Group("numbers", help="whois", no_args_is_help=True)
    group.add_command(
        common(
            click.Command(
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
    output.show(list(_owners(found, key_names(client))))
    return OK


def _owners(resource: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for channel in resource.get("channels", ()):
        for owner in channel.get("owners", ()):
            by = owner.get("by")
            yield {
                "number": resource.get("resourceId"),
                "channel": channel.get("channel"),
                "applicationId": owner.get("applicationId"),
                "entityId": owner.get("entityId"),
                "since": owner.get("since"),
                "by": names.get(by, by),
            }
