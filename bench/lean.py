"""What a function costs beside its work: start, overhead, size, calls and memory (issue 7).

Everything is measured in one run, in turn, on the Python that functions are deployed on where it
is found: the functions as ``sam build`` makes them, and reference functions that do the same work
with other libraries (bench/reference). DynamoDB is ``bench.stub``, the same for all. Times are
medians; the start of a bare interpreter is taken off.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import IO, Any, Final, cast

from bench.artefacts import (
    EMPTY,
    OWN,
    REFERENCES,
    WORK,
    Artefact,
    build,
    empty,
    size,
    trust,
    unlimited,
)
from bench.counts import count
from bench.floors import PROGRAMS
from bench.stub import HOST
from local.settings import PROJECT, credentials
from tools import interpreters, runtime
from tools.private_authority import Authority

PROBE: Final = Path(__file__).with_name("probe.py")
STARTS: Final = int(os.environ.get("BENCH_STARTS", "15"))
RUNTIME_STARTS: Final = 5
BARE: Final = "bare interpreter"
WARM_EVENTS: Final = ("get", "create", "list")
BEHIND_STREAMS: Final = {"changes", "consistency", "resets", "submissions", "watch"}
"""The functions that no client waits for: set off by streams, queues and schedules."""

START_AIM: Final = 0.58
BEHIND_STREAMS_AIM: Final = 0.4
OVERHEAD_AIM: Final = 0.5
MEGABYTES_AIM: Final = 25.0
GROWTH_AIM: Final = 2.0
"""Megabytes by which a process may grow over ten thousand requests: none, and some noise."""

Figures = dict[str, Any]


def run() -> Figures:
    """Measure everything, print the tables and return the figures."""
    python = interpreters.interpreter(interpreters.version())
    artefacts = build(python)
    authority = Authority.create(WORK)
    for artefact in artefacts:
        trust(artefact, authority)
    with stub(authority) as endpoint:
        bench = _Bench(python, endpoint)
        figures: Figures = {
            "python": interpreters.version(),
            "start": bench.starts(artefacts),
            "runtime": bench.runtime_starts(artefacts),
            "overhead": bench.overheads(artefacts),
            "memory": bench.memories(artefacts),
        }
    figures["size"] = sizes(artefacts)
    figures["requests"] = count()
    figures["met"] = report(figures)
    return figures


@contextmanager
def stub(authority: Authority) -> Iterator[str]:
    """Run the canned DynamoDB for the length of a with block; yield its endpoint."""
    command = [sys.executable, "-m", "bench.stub", str(authority.certify(HOST))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            port = cast("IO[str]", process.stdout).readline().strip()
            yield f"https://{HOST}:{port}"
        finally:
            process.terminate()


class _Bench:
    """Runs artefacts in processes of their own."""

    def __init__(self, python: Path, endpoint: str) -> None:
        self._python = python
        self._environment = credentials() | {
            "AWS_ENDPOINT_URL": endpoint,
            "PATH": os.defpath,
            "PYTHONDONTWRITEBYTECODE": "1",
            "TABLE_NAME": "table",
        }

    def _probe(self, artefact: Artefact, mode: str, events: list[Path]) -> Any:
        """Run a function in a process; return its figures, and what it took in milliseconds."""
        environment = {**artefact.function.environment, **self._environment}
        environment["LIMITS"] = unlimited(environment)
        environment["PYTHONPATH"] = artefact.path
        return self._time([str(PROBE), mode, *map(str, events)], environment, artefact)

    def _run_alone(self, program: str, artefact: Artefact) -> dict[str, float]:
        """Run a program with the packages of a function, and return what it took."""
        own = {"AWS_RETRY_MODE": "standard", "PYTHONPATH": artefact.path}
        environment = {**artefact.function.environment, **self._environment, **own}
        return self._time(["-c", program], environment, artefact)[1]

    def _time(
        self, arguments: list[str], environment: dict[str, str], artefact: Artefact | None
    ) -> tuple[Any, dict[str, float]]:
        started = time.perf_counter()
        with subprocess.Popen(
            [self._python, *arguments],
            cwd=artefact.function.code if artefact else None,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            output = cast("IO[bytes]", process.stdout).read()
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        taken = (time.perf_counter() - started) * 1000
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, arguments)
        figures = json.loads(output) if output else None
        return figures, {"wall": taken, "cpu": (used.ru_utime + used.ru_stime) * 1000}

    def starts(self, artefacts: list[Artefact]) -> Figures:
        """Return how long each takes from the start of its process to its first answer."""
        taken: dict[str, list[dict[str, float]]] = {}
        for _ in range(STARTS):
            _, bare = self._time(["-c", "import os; os._exit(0)"], self._environment, None)
            taken.setdefault(BARE, []).append(bare)
            for artefact in artefacts:
                event = first_event(artefact)
                taken.setdefault(artefact.name, []).append(
                    self._probe(artefact, "start", [event])[1]
                )
            for name, program in PROGRAMS.items():
                taken.setdefault(name, []).append(self._run_alone(program, artefacts[-1]))
        middle = {
            name: {kind: median(one[kind] for one in each) for kind in ("wall", "cpu")}
            for name, each in taken.items()
        }
        bare = middle.pop(BARE)
        return {
            name: {kind: value - bare[kind] for kind, value in each.items()}
            for name, each in middle.items()
        }

    def runtime_starts(self, artefacts: list[Artefact]) -> Figures:
        """Return how long each takes to its first answer in the Lambda runtime emulator, beyond
        what a function takes there that does nothing.
        """
        taken: dict[str, list[float]] = {}
        measured = (empty(artefacts[0]), *artefacts)
        for _ in range(RUNTIME_STARTS):
            for artefact in measured:
                event = json.loads(first_event(artefact).read_text())
                started = time.perf_counter()
                with runtime.running(artefact.function, self._python, self._environment) as invoke:
                    invoke(event)
                    taken.setdefault(artefact.name, []).append(time.perf_counter() - started)
        middle = {name: median(each) * 1000 for name, each in taken.items()}
        nothing = middle.pop(EMPTY)
        return {name: value - nothing for name, value in middle.items()}

    def overheads(self, artefacts: list[Artefact]) -> Figures:
        """Return the processor time that a warm request takes, by function and request."""
        events = [event_file(name) for name in WARM_EVENTS]
        return {
            artefact.name: dict(
                zip(WARM_EVENTS, self._probe(artefact, "warm", events)[0], strict=True)
            )
            for artefact in peers(artefacts)
        }

    def memories(self, artefacts: list[Artefact]) -> Figures:
        """Return the memory that each takes at rest and after ten thousand requests."""
        events = [event_file(name) for name in WARM_EVENTS]
        return {
            artefact.name: self._probe(artefact, "memory", events)[0]
            for artefact in peers(artefacts)
        }


def peers(artefacts: list[Artefact]) -> list[Artefact]:
    """Return the references, and the function that does the same work."""
    return [artefact for artefact in artefacts if artefact.name in {OWN, *REFERENCES}]


def first_event(artefact: Artefact) -> Path:
    """Return the file of the event that an artefact's start is measured with: a read, if it can."""
    has_own = (PROJECT / "events" / artefact.name).exists()
    folder = PROJECT / "events" / (artefact.name if has_own else OWN)
    read = folder / "get.json"
    return read if read.exists() else min(folder.glob("*.json"))


def event_file(name: str) -> Path:
    """Return the file of a request to the applications; a list has a hundred results."""
    event = runtime.sample(f"{OWN}/{name}")
    if name == "list":
        event["queryStringParameters"] = {"page": "0", "size": "100"}
        event["multiValueQueryStringParameters"] = {"page": ["0"], "size": ["100"]}
    file = WORK / f"{name}.json"
    file.write_text(json.dumps(event))
    return file


def sizes(artefacts: list[Artefact]) -> Figures:
    """Return the unzipped megabytes: each reference, and all of the project together."""
    own = [artefact.function for artefact in artefacts if not artefact.is_reference]
    folders = {folder for function in own for folder in (function.code, *function.layers)}
    references = {
        artefact.name: size({artefact.function.code})
        for artefact in artefacts
        if artefact.is_reference
    }
    return references | {"project": size(folders)}


# --- the report -------------------------------------------------------------------------------


def report(figures: Figures) -> bool:
    """Print the tables and return whether every aim was met."""
    checks = [*_report_starts(figures), *_report_overheads(figures["overhead"])]
    checks += _report_rest(figures)
    print("\nAll aims met." if all(checks) else "\nNOT ALL AIMS MET.")
    return all(checks)


def _report_starts(figures: Figures) -> Iterator[bool]:
    start, emulated = figures["start"], figures["runtime"]
    base = start["fastapi"]
    print(
        f"\nCold start to the first answer, Python {figures['python']}: above a bare interpreter,"
        " and above an empty function in the runtime"
    )
    head = ("wall ms", "cpu ms", "x FastAPI", "runtime, ms", "x FastAPI", "aim")
    print(f"{'':14}" + "".join(f"{title:>12}" for title in head))
    for name, taken in start.items():
        if name in PROGRAMS:
            print(f"{name:26}{taken['cpu']:12.0f}{taken['cpu'] / base['cpu']:12.2f} (cpu)")
            continue
        ratio, emulated_ratio = taken["wall"] / base["wall"], emulated[name] / emulated["fastapi"]
        aim = aim_of(name)
        print(
            f"{name:14}{taken['wall']:12.0f}{taken['cpu']:12.0f}{ratio:12.2f}"
            f"{emulated[name]:12.0f}{emulated_ratio:12.2f}{aim or '':12}"
        )
        if aim:
            yield ratio <= aim
            yield emulated_ratio <= aim
            yield taken["cpu"] <= aim * base["cpu"]
            yield all(taken["wall"] < start[reference]["wall"] for reference in REFERENCES)
            yield all(emulated[name] < emulated[reference] for reference in REFERENCES)


def aim_of(name: str) -> float | None:
    """Return what part of FastAPI's start a function may take; None for the references."""
    if name in REFERENCES:
        return None
    return BEHIND_STREAMS_AIM if name in BEHIND_STREAMS else START_AIM


def _report_overheads(overhead: Figures) -> Iterator[bool]:
    print("\nWarm request, processor ms in the function's process (DynamoDB is another)")
    print(f"{'':14}" + "".join(f"{name:>9}" for name in WARM_EVENTS) + "   x FastAPI")
    for name, taken in overhead.items():
        ratios = [taken[event] / overhead["fastapi"][event] for event in WARM_EVENTS]
        shown = "".join(f"{taken[event]:9.2f}" for event in WARM_EVENTS)
        print(f"{name:14}{shown}   " + " ".join(f"{ratio:.2f}" for ratio in ratios))
        if name == OWN:
            yield from (ratio <= OVERHEAD_AIM for ratio in ratios)


def _report_rest(figures: Figures) -> Iterator[bool]:
    print("\nUnzipped, MB")
    for name, megabytes in figures["size"].items():
        print(f"{name:14}{megabytes:9.1f}")
    yield figures["size"]["project"] <= MEGABYTES_AIM
    print("\nResident memory, MB: at rest, after 500 requests, after 10,000")
    for name, taken in figures["memory"].items():
        print(f"{name:14}" + "".join(f"{value:9.1f}" for value in taken.values()))
    own = figures["memory"][OWN]
    yield own["after"] - own["settled"] <= GROWTH_AIM
    print("\nCalls and units of DynamoDB, the process knowing key, limits and quota")
    for name, used in figures["requests"].items():
        print(f"{name:38}" + "".join(f"  {value:g} {kind}" for kind, value in used.items()))
        yield used["calls"] <= used["at most"]
