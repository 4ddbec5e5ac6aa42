"""Fixtures of the tests of the command line."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.scripted_api import ScriptedApi, scripted_api

KEY = "aem_secret-key-of-nobody"


@pytest.fixture
def key() -> str:
    """The key that the environment has."""
    return KEY


@pytest.fixture(autouse=True)
def _faults(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of the command line fails the test, as it is no error of a command."""
    monkeypatch.setenv("AEM_TRACEBACK", "1")


@pytest.fixture
def api(
    monkeypatch: pytest.MonkeyPatch, pauses: list[float], tmp_path: Path
) -> Iterator[ScriptedApi]:
    """The API that the environment names."""
    monkeypatch.setenv("AEM_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("AEM_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("AEM_API_KEY", KEY)
    monkeypatch.delenv("AEM_PROFILE", raising=False)
    with scripted_api() as serving:
        monkeypatch.setenv("AEM_URL", serving.url)
        yield serving
