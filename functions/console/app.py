"""The web console: a page that works on the API beside it, by the key that a person signs in with.

It is built from ``console/`` into ``static/``. The page itself needs no key.
"""

from functools import cache
from pathlib import Path
from typing import Any

from provisioning.http import static_files

STATIC = Path(__file__).parent / "static"
PAGE = "index.html"


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Answer with the page or with one of its files, or lead from ``/`` to the page."""
    if event["resource"] == "/":
        return static_files.moved(f"{static_files.base_of(event)}/console")
    name = (event.get("pathParameters") or {}).get("file", PAGE)
    caching = static_files.REVALIDATED if name == PAGE else static_files.FOR_GOOD
    return static_files.answer(event, _files().get(name), caching)


@cache
def _files() -> dict[str, Path]:
    """Return what was built, by name: no request reaches another file."""
    return {path.name: path for path in STATIC.iterdir() if path.suffix in static_files.MEDIA_TYPES}
