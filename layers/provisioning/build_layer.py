"""Builds the layer: what ``sam build`` uploads, byte for byte the same from the same sources.

The wheels are those of the functions' Python and processors, whatever this runs on. Native
modules carry the processor in their names, so one layer holds both kinds and a stack can change
its architecture without another build.

Settings, from the environment:
    ARCHITECTURES: The processors to build for, by Lambda's names (default: ``arm64 x86_64``).
    TARGET_VERSION: The functions' Python (default: 3.13).
    TARGET_PYTHON: An interpreter of that version, for byte-code; looked for where it is not set.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import service_data

HERE = Path(__file__).resolve().parent

PLATFORMS = {
    "arm64": ("manylinux2014_aarch64", "manylinux_2_28_aarch64"),
    "x86_64": ("manylinux2014_x86_64", "manylinux_2_28_x86_64"),
}
"""Wheels that run on Amazon Linux 2023 (glibc 2.34), by Lambda's names of the processors."""

POWERTOOLS = "aws_lambda_powertools"
UNUSED = (
    (POWERTOOLS, "event_handler"),
    (POWERTOOLS, "metrics", "provider", "datadog"),
    (POWERTOOLS, "utilities", "auth_alpha"),
    (POWERTOOLS, "utilities", "circuit_breaker"),
    (POWERTOOLS, "utilities", "data_masking"),
    (POWERTOOLS, "utilities", "feature_flags"),
    (POWERTOOLS, "utilities", "idempotency"),
    (POWERTOOLS, "utilities", "kafka"),
    (POWERTOOLS, "utilities", "parameters"),
    (POWERTOOLS, "utilities", "parser"),
    (POWERTOOLS, "utilities", "streaming"),
    (POWERTOOLS, "utilities", "validation"),
    ("boto3", "crt.py"),
    ("boto3", "dynamodb"),
    ("boto3", "ec2"),
    ("boto3", "s3"),
    ("botocore", "crt", "auth.py"),
    ("dateutil", "rrule.py"),
    ("dateutil", "tz", "win.py"),
    ("dateutil", "tzwin.py"),
    ("dateutil", "zoneinfo"),
    ("pydantic", "mypy.py"),
    ("pydantic", "v1"),
    ("s3transfer", "crt.py"),
    ("s3transfer", "processpool.py"),
    ("urllib3", "contrib", "emscripten"),
)
"""Large parts of packages that no function imports, by their folders and files."""

SHORT_NUMBERS = ("phonenumbers", "shortdata")
"""Short numbers, a module for each country that is imported when one is looked up: never here."""

SWAGGER_UI = (POWERTOOLS, "event_handler", "openapi", "swagger_ui")
"""The one part of those that a function reads: the page at ``/docs``."""

MOUNTED_AT = "/opt/python"
"""Where Lambda unpacks the layer: the paths that tracebacks show."""

EPOCH = 315532800
"""1 January 1980 in seconds, the earliest time that a zip file can hold."""


def main(target: Path) -> None:
    """Build the layer into a new folder.

    Raises:
        subprocess.CalledProcessError: A wheel is missing, has another hash than the lock says, or
            a source file does not compile.
    """
    version = os.environ.get("TARGET_VERSION", "3.13")
    architectures = os.environ.get("ARCHITECTURES", " ".join(PLATFORMS)).split()
    shutil.rmtree(target, ignore_errors=True)
    for architecture in architectures:
        install(target, architecture, version)
    prune(target)
    service_data.trim(target)
    shutil.copytree(
        HERE / "provisioning",
        target / "provisioning",
        ignore=shutil.ignore_patterns("__pycache__", "py.typed"),
    )
    compile_all(target, version)
    settle(target)


def install(target: Path, architecture: str, version: str) -> None:
    """Add the locked wheels for one processor; files that are there already are the same."""
    with tempfile.TemporaryDirectory() as folder:
        platforms = [f"--platform={platform}" for platform in PLATFORMS[architecture]]
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check"),
                *("--no-deps", "--require-hashes", "--only-binary=:all:", "--no-compile"),
                *("--implementation=cp", f"--python-version={version}", *platforms),
                *(f"--target={folder}", f"--requirement={HERE / 'requirements.txt'}"),
            ],
            check=True,
        )
        shutil.copytree(folder, target, dirs_exist_ok=True)


def prune(target: Path) -> None:
    """Remove files that no function reads, except licences and package versions."""
    for path in sorted(target.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif not is_kept(path.relative_to(target)):
            path.unlink()


def is_kept(path: Path) -> bool:
    """Return whether a file of an installed package is of use in a function.

    Args:
        path: Its path, relative to the folder of the packages.
    """
    if path.parts[0] == "bin" or path.suffix in {".pyi", ".typed"}:
        return False
    if path.parts[0].endswith(".dist-info"):
        return path.name == "METADATA" or path.name.upper().startswith(("LICEN", "NOTICE"))
    if _is_in(path, SWAGGER_UI):
        return path.suffix != ".py"
    if _is_in(path, SHORT_NUMBERS):
        return not path.name.startswith("region_")
    return not any(_is_in(path, folder) for folder in UNUSED)


def _is_in(path: Path, folder: tuple[str, ...]) -> bool:
    return path.parts[: len(folder)] == folder


def compile_all(target: Path, version: str) -> None:
    """Add byte-code, which a function cannot write at its start: its file system is read-only.

    Byte-code is checked against nothing when it is loaded, and belongs to one Python version:
    where none of that version is found, it is left out with a warning.
    """
    interpreter = find_interpreter(version)
    if interpreter is None:
        sys.stderr.write(
            f"No Python {version} found (TARGET_PYTHON may name one): the layer is built without "
            "byte-code and its functions start more slowly.\n"
        )
        return
    subprocess.run(
        [
            *(interpreter, "-m", "compileall", "-qq", "--invalidation-mode=unchecked-hash"),
            *("-s", target, "-p", MOUNTED_AT, target),
        ],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        check=True,
    )


def find_interpreter(version: str) -> str | None:
    """Return a working interpreter of a Python version, or None."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates = [
        os.environ.get("TARGET_PYTHON"),
        sys.executable,
        shutil.which(f"python{version}"),
        *(str(found) for found in sorted(pyenv.glob(f"versions/{version}.*/bin/python"))),
    ]
    return next((found for found in candidates if found and _version(found) == version), None)


def _version(interpreter: str) -> str | None:
    """Return an interpreter's version as ``3.13``, or None if it does not run."""
    program = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run(
            [interpreter, "-c", program], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def settle(target: Path) -> None:
    """Give every file the same time and rights, so that equal layers have equal archives."""
    for path in (target, *target.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.suffix == ".so" else 0o644)
        os.utime(path, (EPOCH, EPOCH))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
