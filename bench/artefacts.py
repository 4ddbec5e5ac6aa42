"""What is measured: the functions as ``sam build`` makes them, and the reference functions."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from local.resources import Function
from local.settings import PROJECT
from local.stack import Stack
from tools import interpreters, runtime
from tools.private_authority import Authority

WORK: Final = PROJECT / ".bench"
REFERENCE: Final = Path(__file__).with_name("reference")
REFERENCES: Final = ("fastapi", "flask", "powertools")
OWN: Final = "applications"
"""The function that the references do the work of."""
EMPTY: Final = "empty"
ADDED: Final = "# Added to measure\n"
"""The comment before the certificate that ``trust`` adds to a bundle."""


@dataclass(frozen=True)
class Artefact:
    """A function that was built.

    Attributes:
        name: Its folder, or the library that a reference is made with.
        function: How Lambda would run it.
    """

    name: str
    function: Function

    @property
    def is_reference(self) -> bool:
        """Whether it is another's way to do the same."""
        return self.name in REFERENCES

    @property
    def path(self) -> str:
        """Where its packages are, as PYTHONPATH has it."""
        layers = (str(layer / "python") for layer in self.function.layers)
        return os.pathsep.join((str(self.function.code), *layers))


def unlimited(environment: Mapping[str, str]) -> str:
    """Return a function's LIMITS with all of them high: as deployed, most requests would be 429."""
    return json.dumps(dict.fromkeys(json.loads(environment.get("LIMITS", "{}")), 1_000_000))


def build(python: Path) -> list[Artefact]:
    """Build everything.

    Args:
        python: The Python that functions are measured on.

    Raises:
        subprocess.CalledProcessError: Something could not be built.
    """
    stack = _build_own()
    own = {function.code.name: function for function in stack.functions.values()}
    references = [
        Artefact(name, replace(own[OWN], code=_build_reference(name, python), layers=()))
        for name in REFERENCES
    ]
    return [*references, *(Artefact(name, function) for name, function in sorted(own.items()))]


def _build_own() -> Stack:
    folder = WORK / "build"
    scripts = Path(sys.executable).parent
    subprocess.run(
        [sys.executable, "-m", "samcli", "build", "--build-dir", folder],
        cwd=PROJECT,
        env={
            **os.environ,
            "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
            "TARGET_VERSION": interpreters.version(),
        },
        check=True,
        capture_output=True,
    )
    return runtime.built(folder)


def _build_reference(name: str, python: Path) -> Path:
    """Install a reference's packages beside its code, with byte-code, which sam would leave out."""
    folder = WORK / "reference" / name
    lock = REFERENCE / f"{name}.txt"
    stamp = folder / "lock.txt"
    if not stamp.exists() or stamp.read_bytes() != lock.read_bytes():
        shutil.rmtree(folder, ignore_errors=True)
        install = ("-m", "pip", "--python", python, "install", "-qq", "--disable-pip-version-check")
        locked = ("--no-deps", "--require-hashes", "--no-compile", f"--requirement={lock}")
        subprocess.run([sys.executable, *install, *locked, f"--target={folder}"], check=True)
    for source in (*(REFERENCE / "shared").glob("*.py"), REFERENCE / name / "app.py"):
        shutil.copy(source, folder)
    compiled = ("-m", "compileall", "-qq", "--invalidation-mode=unchecked-hash")
    subprocess.run([python, *compiled, folder], check=True)
    stamp.write_bytes(lock.read_bytes())
    return folder


def trust(artefact: Artefact, authority: Authority) -> None:
    """Add an authority to those that an artefact's botocore trusts, which it reads as on AWS."""
    added = authority.certificate.read_text()
    for folder in artefact.path.split(os.pathsep):
        bundle = Path(folder) / "botocore" / "cacert.pem"
        if bundle.exists():
            trusted = bundle.read_text().partition(ADDED)[0]
            bundle.write_text(f"{trusted}{ADDED}{added}")


def empty(other: Artefact) -> Artefact:
    """Return a function that does nothing, as another one is configured."""
    folder = WORK / EMPTY
    folder.mkdir(exist_ok=True)
    (folder / "app.py").write_text("def handler(event, context):\n    return {}\n")
    return Artefact(EMPTY, replace(other.function, code=folder, layers=()))


def size(folders: set[Path]) -> float:
    """Return how many megabytes the files in some folders have."""
    return sum(file.stat().st_size for folder in folders for file in folder.rglob("*.*")) / 1e6
