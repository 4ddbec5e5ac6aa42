"""What ``sam build`` makes, run in the Lambda runtime."""

import filecmp
import os
import subprocess
import sys
from pathlib import Path

import pytest

import build_layer
from local.settings import PROJECT, credentials
from local.stack import Stack
from provisioning.accounts import accounts, key_creation, principals
from tests.support.queues import Queues
from tools import interpreters, runtime, samples

MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build for the functions' Python where it is found, else for the one that runs this."""
    folder = tmp_path_factory.mktemp("build")
    subprocess.run(
        [sys.executable, "-m", "samcli", "build", "--build-dir", folder],
        cwd=PROJECT,
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "SAM_CLI_TELEMETRY": "0",
            "TARGET_VERSION": interpreters.version(),
        },
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture(scope="module")
def stack(build: Path) -> Stack:
    """What was built, as a stack."""
    return runtime.built(build)


@pytest.fixture
def local_key(table: str) -> None:
    """The API key that the sample events name."""
    accounts.create("local")
    key_creation.create_key("local", principals.SCOPES, "local-key")


@pytest.mark.usefixtures("local_key")
def test_every_sample_event_is_answered(
    stack: Stack, table: str, endpoint: str, submission_queues: Queues
) -> None:
    environment = (
        credentials(os.environ["AWS_ACCESS_KEY_ID"])
        | {"AWS_ENDPOINT_URL_DYNAMODB": endpoint, "TABLE_NAME": table}
        | submission_queues.environment
    )
    python = interpreters.interpreter(interpreters.version())
    assert len(list(runtime.send_all(stack, python, environment))) == len(samples.ANSWERS)


def test_the_build_is_for_the_python_that_functions_run_on(build: Path) -> None:
    if interpreters.version() != interpreters.TARGET:
        pytest.skip(f"no Python {interpreters.TARGET} on this machine, so it ran on this one's")
    found = {file.suffixes[0] for file in build.rglob("*.pyc")}
    assert found == {".cpython-313"}


def test_each_source_file_has_its_byte_code(build: Path) -> None:
    packages = build / "Provisioning" / "python"
    sources = {path.relative_to(packages) for path in packages.rglob("*.py")}
    compiled = {
        path.relative_to(packages).parent.parent / f"{path.name.partition('.')[0]}.py"
        for path in packages.rglob("*.pyc")
    }
    assert sources == compiled


def test_native_modules_are_there_for_both_architectures(build: Path) -> None:
    built_for = {path.name.rsplit("-", 3)[-3] for path in build.rglob("*.so")}
    assert built_for == {"aarch64", "x86_64"}


def test_the_layer_and_the_functions_take_at_most_25_megabytes(build: Path, stack: Stack) -> None:
    folders = [build / "Provisioning", *(function.code for function in stack.functions.values())]
    sizes = [path.stat().st_size for folder in folders for path in folder.rglob("*.*")]
    assert sum(sizes) <= 25 * MEGABYTE


def test_the_layer_brings_the_pinned_sdk_and_the_data_of_its_two_services(build: Path) -> None:
    site = build / "Provisioning" / "python"
    assert (site / "boto3").is_dir()
    services = {path.name for path in (site / "botocore" / "data").iterdir() if path.is_dir()}
    assert services == {"dynamodb", "sqs"}


def test_the_same_sources_make_the_same_layer(
    build: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARGET_VERSION", interpreters.version())
    again = tmp_path / "python"
    build_layer.main(again)
    before = build / "Provisioning" / "python"
    names = [str(path.relative_to(again)) for path in again.rglob("*") if path.is_file()]
    assert sorted(names) == sorted(
        str(path.relative_to(before)) for path in before.rglob("*") if path.is_file()
    )
    assert filecmp.cmpfiles(before, again, names, shallow=False)[1:] == ([], [])
    assert {path.stat().st_mtime for path in again.rglob("*")} == {build_layer.EPOCH}
