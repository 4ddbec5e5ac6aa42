"""A built template, an emulator of AWS and a stack that all deployment tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import emulator
from tests.support.emulator import Emulator, Stack


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template that `sam build` made."""
    return emulator.build(tmp_path_factory.mktemp("build"))


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An emulator of AWS."""
    with emulator.running(tmp_path_factory.mktemp("emulator")) as running:
        yield running


@pytest.fixture(scope="session")
def stack(built: Path, aws: Emulator) -> Stack:
    """A stack with default parameters."""
    stack = Stack(aws, "shared")
    done = stack.deploy(emulator.adapted(built, aws, "shared.json"))
    assert done.returncode == 0, done.stdout + done.stderr
    return stack


@pytest.fixture(scope="session")
def key(stack: Stack) -> str:
    """The first API key of an account in the stack's table."""
    return stack.new_key("acme")
