"""Whole-account commands: ``export``, ``import``, ``plan`` and ``apply``."""

import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from aem import examples, forms, groups, names, parents, plans, spelling, state, strategies
from aem.cli import common, session
from aem.client import UNSTEADY, Client
from aem.errors import FAILED, INTERRUPTED, OK, ApiError, CommandError, UsageError
from aem.output import Output
from aem.plans import Plan
from aem.state import State
from aem.steps import Steps

_CHANGES = 2


def add(root: click.Group) -> None:
    """Add these commands to the command line."""
    file = click.Option(
        ["-f", "--file"],
        required=True,
        metavar="FILE",
        help="YAML or JSON lines; - for standard input.",
    )
    yes = click.Option(["--yes"], is_flag=True, help="Do not ask.")
    expect = click.Option(
        ["--expect"], metavar="PLAN", help="Refuse if the changes are not those of this plan."
    )
    target = click.Option(["-f", "--file"], metavar="FILE", help="The file; else standard output.")
    form = click.Option(
        ["--format", "form"],
        type=click.Choice(["yaml", "jsonl"]),
        help="Default: by the file's name, else yaml.",
    )
    for name, callback, text, parameters in (
        (
            "export",
            _export,
            "Write applications, entities, associations and settings.",
            [target, form],
        ),
        (
            "import",
            _import,
            "Create what a file has and the account lacks; remove nothing.",
            [file, yes],
        ),
        ("plan", _plan, "Show what apply would change; exit code 2 if anything.", [file]),
        (
            "apply",
            _apply,
            "Make the account as a file says; what it lacks is removed.",
            [file, yes, expect],
        ),
    ):
        root.add_command(_made(name, callback, text, parameters))


def _made(
    name: str, callback: Callable[..., int], text: str, parameters: list[click.Option]
) -> click.Command:
    made = groups.Command(name, callback=callback, help=text, params=[*parameters])
    made.epilog = examples.epilog(name)
    return common(made)


def _export(file: str | None, form: str | None) -> int:
    if file == "":
        raise UsageError("A file's name is missing")
    current = session(click.get_current_context())
    _check_form(current.given)
    client, output = current.client(), current.output()
    suffix = Path(file).suffix.lower() if file else ""
    chosen = form or ("jsonl" if suffix in {".jsonl", ".ndjson"} else "yaml")
    sections = list(state.SECTIONS)
    _note_restriction(client, output)
    if not strategies.readable(client):
        sections.remove(strategies.SECTION)
        output.note(
            f"The key may not read sending strategies: the file has no {strategies.SECTION}."
        )
    lines = state.lines(_records(client, output, sections), chosen, sections)
    if file is None or forms.is_standard_output(file):
        _print(lines)
    else:
        with output.waiting():
            _write(Path(file), lines)
    if client.unsteady:
        output.warn(UNSTEADY)
    return OK


def _check_form(given: Mapping[str, Any]) -> None:
    for name in ("output", "json", "columns", "query"):
        if name in given:
            raise UsageError(f"--{name}: export writes YAML or JSON lines, which --format chooses")


def _print(lines: Iterator[str]) -> None:
    encoding = (sys.stdout.encoding or "").lower()
    for line in lines:
        if "utf" in encoding:
            sys.stdout.write(line)
        else:  # the file is UTF-8 wherever it is written
            sys.stdout.buffer.write(line.encode())


def _note_restriction(client: Client, output: Output) -> None:
    if names.is_restricted(client):
        output.note("The key is restricted: it sees only a part of the account.")


def _write(file: Path, lines: Iterator[str]) -> None:
    """Write a file whole or not at all; a device or pipe is written to as it is."""
    try:
        file = file.resolve()
        mode = file.stat().st_mode if file.exists() else None
        if mode is not None and not stat.S_ISREG(mode):
            with file.open("w", encoding="utf-8") as stream:
                stream.writelines(lines)
            return
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name[:40]}")
    except (OSError, ValueError) as error:
        raise _unwritable(file, error) from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.writelines(lines)
        if mode is not None:
            Path(name).chmod(stat.S_IMODE(mode))
        Path(name).replace(file)
    except OSError as error:
        raise _unwritable(file, error) from None
    finally:
        Path(name).unlink(missing_ok=True)


def _unwritable(file: Path, error: Exception) -> CommandError:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return CommandError(f"{file}: {reason}")


def _records(
    client: Client, output: Output, sections: Sequence[str]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for section in state.KINDS:
        for element in plans.elements(client, section):
            yield section, element
    if strategies.SECTION in sections:
        found = [strategies.plain(strategy) for strategy in strategies.current(client)]
        for strategy in sorted(found, key=strategies.subject):
            yield strategies.SECTION, strategy
    try:
        settings = plans.settings(client)
    except ApiError as error:
        if not error.is_forbidden:
            raise
        output.note("The key may not read the settings: the file has none.")
    else:
        yield "settings", settings


def _made_plan(client: Client, output: Output, file: str, *, remove: bool) -> tuple[State, Plan]:
    """Return an account's state, and what makes it as a file says."""
    wanted = state.read(file)
    _note_restriction(client, output)
    with output.waiting():
        current = plans.current_state(client, wanted, parents.sections(wanted))
        parents.check(file, current, wanted, remove=remove)
        plan = plans.compare(current, wanted, remove=remove)
        parents.add_effects(client, plan, wanted)
    return current, plan


def _plan(file: str) -> int:
    current = session(click.get_current_context())
    output = current.output()
    output.expect(plans.COLUMNS)
    _, plan = _made_plan(current.client(), output, file, remove=True)
    rows = plan.rows()
    if output.form == "table":
        output.show(rows)
        output.say(_summary(plan))
    else:
        output.show({"results": rows, "plan": plan.digest()})
    return _CHANGES if rows else OK


def _summary(plan: Plan) -> str:
    rows = plan.rows()
    words = [
        f"{sum(1 for row in rows if row['action'] == action):,} to {action}"
        for action in ("create", "change", "move", "remove")
    ]
    return f"Plan {plan.digest()}: {', '.join(words)}."


def _import(file: str, *, yes: bool) -> int:
    return _carry_out(file, remove=False, yes=yes, expect=None)


def _apply(file: str, *, yes: bool, expect: str | None) -> int:
    return _carry_out(file, remove=True, yes=yes, expect=expect)


def _carry_out(file: str, *, remove: bool, yes: bool, expect: str | None) -> int:
    current = session(click.get_current_context())
    client, output = current.client(), current.output()
    output.expect(())
    current_state, plan = _made_plan(client, output, file, remove=remove)
    rows = plan.rows()
    if expect is not None and expect != plan.digest():
        raise UsageError(f"The account would change by another plan: {plan.digest()}")
    if not rows:
        output.say("Nothing to change.")
        return OK
    if not yes:
        if not output.interactive:
            raise UsageError("Not a terminal: add --yes to confirm.")
        output.preview(rows)
        output.note(_summary(plan))
        output.confirm("Apply these changes?")
    _warn_of_spellings(output, current_state, plan)
    steps = Steps(client, output, plan)
    code = _stepped(steps, output)
    if code == OK:
        output.say(f"Done. {_summary(plan)}")
        return OK
    if steps.operations:
        output.warn("The operations that were started go on; see: aem operations list")
    output.warn("Not all was done; run the same command again to go on from here.")
    return code


def _stepped(steps: Steps, output: Output) -> int:
    try:
        return steps.run()
    except KeyboardInterrupt:
        return INTERRUPTED
    except CommandError as error:
        output.fail(error)
        return FAILED


def _warn_of_spellings(output: Output, current: State, plan: Plan) -> None:
    new = spelling.numbers_of(plans.associations(plan.link))
    links = (current.links or set()) - set(plan.unlink)
    have = spelling.numbers_of(plans.associations(list(links)))
    spelling.tell(output, spelling.other_spellings(new, have))
