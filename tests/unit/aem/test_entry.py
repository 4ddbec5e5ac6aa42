"""The installed command's entry point."""

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec

import pytest

from aem import entry
from aem.__main__ import main


class Interrupting(MetaPathFinder):
    """Presses Ctrl-C while the command line is imported."""

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        if fullname == "aem.__main__":
            raise KeyboardInterrupt
        return None


def test_ctrl_c_during_the_start_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "aem.__main__", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Interrupting(), *sys.meta_path])
    assert entry.main() == 130
    assert capsys.readouterr().err == "Interrupted.\n"


def test_a_fault_of_the_program_is_one_line_unless_its_traceback_is_wanted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise KeyError("secret")

    monkeypatch.setattr("aem.settings.read_profiles", fail)
    monkeypatch.delenv("AEM_TRACEBACK", raising=False)
    assert main(["profiles", "list"]) == 1
    assert capsys.readouterr().err == "aem has a fault: KeyError; AEM_TRACEBACK=1 shows where\n"
    monkeypatch.setenv("AEM_TRACEBACK", "1")
    with pytest.raises(KeyError):
        main(["profiles", "list"])


def test_it_carries_out_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["aem", "--version"])
    assert entry.main() == 0
    assert capsys.readouterr().out == "aem 0.1.0\n"
