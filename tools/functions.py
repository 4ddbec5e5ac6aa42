"""Loads the functions as they are deployed, for tools that describe them."""

import importlib.util
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
"""The project's folder."""


def load_all() -> dict[str, ModuleType]:
    """Return the module ``app`` of every function, by the function's folder, in its order."""
    names = sorted(path.parent.name for path in ROOT.glob("functions/*/app.py"))
    return {name: load(name) for name in names}


def load(name: str) -> ModuleType:
    """Import a function's module under a name of its own: all of them are called ``app``.

    Args:
        name: The function's folder.

    Raises:
        FileNotFoundError: There is no such function.
    """
    path = ROOT / "functions" / name / "app.py"
    spec = importlib.util.spec_from_file_location(f"functions_{name}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
