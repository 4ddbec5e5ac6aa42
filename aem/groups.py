"""Groups and commands that suggest the right name, and refuse what Click accepts silently."""

import difflib
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise, takewhile

import click


class Group(click.Group):
    """A group of commands, which suggests the nearest name for an unknown one."""

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


class Command(click.Command):
    """A command, which refuses an option that would have another value than was meant."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the arguments.

        Click takes ``--entity-id --yes``, as a shell makes it of ``--entity-id $ID --yes`` where
        ID is not set, for an entity ``--yes``; and of an option that is given twice, the last.
        """
        if not ctx.resilient_parsing:
            self._check_values(ctx, args)
            self._check_repeated(ctx, args)
        return super().parse_args(ctx, args)

    def _check_values(self, ctx: click.Context, args: list[str]) -> None:
        options = list(self._options(ctx))
        names = {name for option in options for name in (*option.opts, *option.secondary_opts)}
        valued = {name for option in options if not option.is_flag for name in option.opts}
        for name, value in pairwise(takewhile(lambda each: each != "--", args)):
            if name in valued and value in names:
                ctx.fail(f"{name} has no value; if {value} is meant, write {name}={value}")

    def _check_repeated(self, ctx: click.Context, args: list[str]) -> None:
        # The options of connection may repeat those of a shell's alias: the last one counts.
        single = [
            option
            for option in self._options(ctx)
            if option.expose_value
            and not option.multiple
            and (not option.is_flag or option.secondary_opts)
        ]
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        times = Counter(id(each) for each in order)
        for option in single:
            if times[id(option)] > 1:
                ctx.fail(f"{option.opts[-1]} is given {times[id(option)]} times")

    def _options(self, ctx: click.Context) -> Iterator[click.Option]:
        return (each for each in self.get_params(ctx) if isinstance(each, click.Option))
