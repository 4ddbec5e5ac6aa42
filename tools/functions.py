"""Loads the functions as they are deployed, for tools that describe them."""

import importlib.util
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
"""The project's folder."""


def load() -> dict[str, ModuleType]:
    """Return the module ``app`` of every function, by the function's folder, in its order."""
    return {path.parent.name: _load(path) for path in sorted(ROOT.glob("functions/*/app.py"))}


def _load(path: Path) -> ModuleType:
    """Import a function's module under a name of its own: all of them are called ``app``."""
    spec = importlib.util.spec_from_file_location(f"functions_{path.parent.name}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
