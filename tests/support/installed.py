"""The command line as people install it: a wheel in an environment that has nothing else."""

import os
import re
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from local.settings import PROJECT


class Ran(NamedTuple):
    """What became of a command: its exit code and what it wrote."""

    code: int
    out: str
    err: str


def install(folder: Path) -> Path:
    """Build the wheel, install it, and return the command.

    The environment gets the distributions that the wheel names, in the versions of the lock, as
    links to those of the development environment: no registry is asked.
    """
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=PROJECT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    environment = folder / "environment"
    venv.create(environment, symlinks=True)
    python = environment / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    offline = ["--disable-pip-version-check", "--no-index", "--no-deps", str(wheel)]
    subprocess.run([*pip, *offline], check=True)
    (site,) = environment.glob("lib/python*/site-packages")
    (described,) = site.glob("*.dist-info/METADATA")
    for distribution in _closure(_needed(described.read_text().splitlines())):
        _link(distribution, site)
    return environment / "bin" / "aem"


def _needed(lines: list[str]) -> Iterator[str]:
    """Yield the names of required distributions, without those of extras."""
    for line in lines:
        text = line.removeprefix("Requires-Dist: ")
        if text != line and "extra ==" not in text:
            yield re.split(r"[^A-Za-z0-9._-]", text, maxsplit=1)[0]


def _closure(names: Iterator[str]) -> list[metadata.Distribution]:
    waiting, found = list(names), {}
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name not in found:
            try:
                distribution = metadata.distribution(name)
            except metadata.PackageNotFoundError:  # for another platform
                continue
            found[name] = distribution
            waiting += _needed([f"Requires-Dist: {text}" for text in distribution.requires or ()])
    return list(found.values())


def _link(distribution: metadata.Distribution, site: Path) -> None:
    tops = {file.parts[0] for file in distribution.files or () if file.parts[0] not in {"..", "."}}
    for top in tops:
        target = site / top
        if not target.exists():
            target.symlink_to(Path(str(distribution.locate_file(top))))


def bare_environment(home: Path, **variables: str) -> dict[str, str]:
    """Return the environment of a new user's shell."""
    return {
        "PATH": os.defpath,
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        **variables,
    }


def run_installed(
    command: Path, environment: Mapping[str, str], *arguments: str, given: bytes = b""
) -> Ran:
    """Run the command in pipes."""
    ran = subprocess.run(
        [command, *arguments], env=environment, input=given, capture_output=True, check=False
    )
    assert b"Traceback" not in ran.stderr
    return Ran(ran.returncode, ran.stdout.decode(), ran.stderr.decode())


def unread(command: Sequence[str | Path], environment: Mapping[str, str]) -> Ran:
    """Run a command whose output nobody reads."""
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as ran:
        assert ran.stdout
        assert ran.stderr
        ran.stdout.close()
        err = ran.stderr.read()
    return Ran(ran.returncode, "", err.decode())
