"""Finds a Python for built functions, with locked packages in an environment of its own."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import build_layer
from local.settings import PROJECT

TARGET: Final = "3.13"
"""The functions' own Python."""


class NoInterpreterError(Exception):
    """There is no such Python on this machine."""


def version() -> str:
    """Return the Python to run functions on: their own where it is found, else this one's."""
    own = "{}.{}".format(*sys.version_info)
    return TARGET if build_layer.find_interpreter(TARGET) else own


def interpreter(wanted: str, name: str = "runtime") -> Path:
    """Return a Python with locked packages in an environment of its own, made if need be.

    Args:
        wanted: Its version, as ``3.13``.
        name: The packages: those of ``tools/<name>-requirements.txt``; by default Lambda's
            runtime interface client.

    Raises:
        NoInterpreterError: There is no such Python here.
        subprocess.CalledProcessError: The packages could not be installed.
    """
    lock = Path(__file__).with_name(f"{name}-requirements.txt")
    folder = PROJECT / ".venvs" / f"{name}-{wanted}"
    python, stamp = folder / "bin" / "python", folder / lock.name
    if stamp.exists() and stamp.read_bytes() == lock.read_bytes():
        return python
    base = build_layer.find_interpreter(wanted)
    if base is None:
        message = f"no Python {wanted} found"
        raise NoInterpreterError(message)
    subprocess.run([base, "-m", "venv", "--clear", "--without-pip", folder], check=True)
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--python", python, "install", "-qq"),
            *("--disable-pip-version-check", "--no-deps", "--require-hashes", "-r", lock),
        ],
        check=True,
    )
    stamp.write_bytes(lock.read_bytes())
    return python
