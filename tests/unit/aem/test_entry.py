"""The installed command's entry point."""

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec

import pytest

from aem import entry


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


def test_it_carries_out_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["aem", "--version"])
    assert entry.main() == 0
    assert capsys.readouterr().out == "aem 0.1.0\n"
