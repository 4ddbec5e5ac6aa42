"""Whole-account commands: ``export``, ``import``, ``plan`` and ``apply``."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from aem import plans, state
from aem.bulk import Bulk
from aem.cli import common, session
from aem.client import Client, fill
from aem.errors import OK, CommandError, UsageError
from aem.output import Output
from aem.plans import ROOT, Plan

_PART = 1000
_PATHS = {"applications": "applicationId", "entities": "entityId"}
_NAMES = {"applications": "applicationName", "entities": "entityName"}
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
    return common(click.Command(name, callback=callback, help=text, params=[*parameters]))


def _export(file: str | None, form: str | None) -> int:
    client = session(click.get_current_context()).client()
    suffix = Path(file).suffix.lower() if file else ""
    chosen = form or ("jsonl" if suffix in {".jsonl", ".ndjson"} else "yaml")
    lines = state.lines(_records(client), chosen)
    if file is None or file == "-":
        encoding = (sys.stdout.encoding or "").lower()
        for line in lines:
            if "utf" in encoding:
                sys.stdout.write(line)
            else:  # the file is UTF-8 wherever it is written
                sys.stdout.buffer.write(line.encode())
        return OK
    _write(Path(file), lines)
    return OK


def _write(file: Path, lines: Iterator[str]) -> None:
    """Write a file whole or not at all."""
    try:
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name[:40]}")
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.writelines(lines)
        Path(name).replace(file)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise CommandError(f"{file}: {error.strerror}") from None
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _records(client: Client) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for section in state.KINDS:
        for element in plans.elements(client, section):
            yield section, element
    yield "settings", client.get(f"{ROOT}/settings")


def _made_plan(client: Client, file: str, *, remove: bool) -> Plan:
    wanted = state.read(file)
    return plans.compare(plans.current_state(client, wanted), wanted, remove=remove)


def _plan(file: str) -> int:
    current = session(click.get_current_context())
    plan = _made_plan(current.client(), file, remove=True)
    rows = plan.rows()
    output = current.output()
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
    plan = _made_plan(client, file, remove=remove)
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
    code = Steps(client, output, plan).run()
    if code == OK:
        output.say(f"Done. {_summary(plan)}")
    else:
        output.warn("Not all was done; run the same command again to go on from here.")
    return code


class Steps:
    """Carries out a plan; every step can be repeated."""

    def __init__(self, client: Client, output: Output, plan: Plan) -> None:
        """Take the plan and what carries it out."""
        self._client = client
        self._output = output
        self._plan = plan

    def run(self) -> int:
        """Carry out the plan in an order that loses nothing; stop at the first failed step."""
        for step in (
            self._settings,
            self._create,
            self._link,
            self._unlink,
            self._rename,
            self._delete,
        ):
            code = step()
            if code != OK:
                return code
        return OK

    def _settings(self) -> int:
        if self._plan.settings:
            self._client.send("PATCH", f"{ROOT}/settings", body=self._plan.settings)
        return OK

    def _create(self) -> int:
        return self._sections(self._plan.create, self._created, "create")

    @staticmethod
    def _created(section: str, names: Any) -> list[Any]:
        return [
            {_PATHS[section]: key, **({} if name is None else {_NAMES[section]: name})}
            for key, name in names.items()
        ]

    def _delete(self) -> int:
        return self._sections(self._plan.delete, lambda _, ids: list(ids), "delete")

    def _sections(
        self, given: Mapping[str, Any], made: Callable[[str, Any], list[Any]], action: str
    ) -> int:
        for section, content in given.items():
            code = self._bulk(section, action, made(section, content))
            if code != OK:
                return code
        return OK

    def _link(self) -> int:
        return self._bulk("associations", "link", plans.associations(self._plan.link))

    def _unlink(self) -> int:
        return self._bulk("associations", "unlink", plans.associations(self._plan.unlink))

    def _bulk(self, section: str, action: str, elements: list[Any]) -> int:
        if not elements:
            return OK
        accepted = {"create": 409, "link": 409, "delete": 404, "unlink": 404}
        bulk = Bulk(self._client, self._output, f"{ROOT}/{section}/bulk", accepted)
        return bulk.run({action: (elements, _PART)}, resume=False, quiet=True)

    def _rename(self) -> int:
        for section, names in self._plan.rename.items():
            for key, name in names.items():
                path = fill(f"{ROOT}/{section}/{{id}}", {"id": key})
                self._client.send("PUT", path, body={_NAMES[section]: name}, expected=(204,))
        return OK
