"""What a function imports when it starts, counted: each module costs every cold start."""

import json
import os
import subprocess
import sys
from functools import cache

import pytest

from local.settings import PROJECT
from tests.support.deployment import function_environment

FUNCTIONS = sorted(path.parent.name for path in PROJECT.glob("functions/*/app.py"))
PACKAGES = {
    "annotated_types",
    "aws_lambda_powertools",
    "boto3",
    "botocore",
    "dateutil",
    "jmespath",
    "phonenumbers",
    "provisioning",
    "pydantic",
    "pydantic_core",
    "s3transfer",
    "six",
    "typing_extensions",
    "typing_inspection",
    "urllib3",
}
"""All that a function may import beside Python's own library: no second HTTP client."""
HEAVY = {"pip", "sqlite3", "tkinter", "unittest"}
"""Large parts of Python's library that neither this product nor boto3 needs."""
MODULES = 375
"""Modules beside Python's library that a function may import; the largest imports 355 now, of which
boto3 brings 170."""
UNASKED = ("changes", "consistency", "resets", "watch")
"""Functions that nobody outside sends anything, so that there is nothing to be checked."""

PROGRAM = """
import json, sys
for name in ("OpenSSL", "awscrt", "certifi"):  # not in the layer
    sys.modules[name] = None
known = set(sys.modules)
import app
print(json.dumps(sorted(set(sys.modules) - known)))
"""


@cache
def imported(function: str) -> list[str]:
    """Return the modules that a function's start imports, in a process of its own."""
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={
            **function_environment(),
            "AWS_ACCESS_KEY_ID": "id",
            "AWS_REGION": "eu-central-1",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "PATH": os.defpath,
            "PYTHONPATH": os.pathsep.join(
                (str(PROJECT / "functions" / function), str(PROJECT / "layers" / "provisioning"))
            ),
        },
        check=True,
        capture_output=True,
        text=True,
    )
    names: list[str] = json.loads(found.stdout)
    return names


def package(module: str) -> str:
    return module.partition(".")[0]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_imports_only_packages_of_the_layer(function: str) -> None:
    names = {name for name in imported(function) if name != "app"}
    own = {package(name) for name in names if not name.startswith("_")}
    assert own - sys.stdlib_module_names <= PACKAGES


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_imports_no_large_part_of_python_that_it_does_not_need(function: str) -> None:
    assert not HEAVY & {package(name) for name in imported(function)}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_imports_no_more_modules_than_it_may(function: str) -> None:
    packages = PACKAGES - {"phonenumbers"}
    found = [name for name in imported(function) if package(name) in packages]
    assert len(found) <= MODULES, found


@pytest.mark.parametrize("function", sorted({*FUNCTIONS} - {"senders"}))
def test_only_the_function_that_chooses_senders_loads_the_metadata_of_numbers(
    function: str,
) -> None:
    assert "phonenumbers" not in {package(name) for name in imported(function)}


@pytest.mark.parametrize("function", UNASKED)
def test_a_function_that_reads_no_requests_does_without_pydantic(function: str) -> None:
    assert not {"pydantic", "pydantic_core"} & {package(name) for name in imported(function)}
