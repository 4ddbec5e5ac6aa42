"""The web console: a page that works on the API beside it, by the key that a person signs in with.

It is built from ``console/`` into ``static/``. Nothing comes from another host, and all links are
relative, so it works under any stage or base path. The page itself needs no key.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

STATIC = Path(__file__).parent / "static"
PAGE = "index.html"
MEDIA_TYPES = {".css": "text/css", ".html": "text/html", ".js": "text/javascript"}

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; connect-src 'self'; img-src data:; script-src 'self'; "
        "style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}
IMMUTABLE = "public, max-age=31536000, immutable"
"""For files whose name changes with their content."""
REVALIDATED = "no-cache"
"""For the page: browsers ask each time whether it has changed."""
NOT_FOUND = (
    '{"requestError": {"serviceException": {"messageId": "NOT_FOUND", "text": "Not found"}}}'
)


class File(NamedTuple):
    """A file of the console as it is answered."""

    content: str
    media_type: str
    etag: str


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Answer with the page or with one of its files, or lead from ``/`` to the page.

    The gateway takes a path that ends in a slash for the same resource, but the page's links lead
    elsewhere from there: such a request is sent to the path without it.
    """
    if event["resource"] == "/":
        return _moved(f"{_base(event)}/console")
    if event["path"].endswith("/"):
        return _moved(f"{_base(event)}{event['path'].rstrip('/')}")
    name = (event.get("pathParameters") or {}).get("file", PAGE)
    found = _files().get(name)
    if found is None:
        headers = HEADERS | {"Content-Type": "application/json", "Cache-Control": "no-store"}
        return {"statusCode": 404, "headers": headers, "body": NOT_FOUND}
    caching = REVALIDATED if name == PAGE else IMMUTABLE
    headers = HEADERS | {"Cache-Control": caching, "ETag": found.etag}
    if found.etag in _asked_for(event):
        return {"statusCode": 304, "headers": headers, "body": ""}
    headers |= {"Content-Type": f"{found.media_type}; charset=utf-8"}
    return {"statusCode": 200, "headers": headers, "body": found.content}


def _moved(location: str) -> dict[str, Any]:
    headers = HEADERS | {"Cache-Control": REVALIDATED, "Location": location}
    return {"statusCode": 302, "headers": headers, "body": ""}


def _base(event: dict[str, Any]) -> str:
    """Return what the client's path has before the API's root: a stage, a base path, or nothing."""
    path: str = event.get("requestContext", {}).get("path") or event["path"]
    return path.rstrip("/").removesuffix(event["path"].rstrip("/"))


def _asked_for(event: dict[str, Any]) -> set[str]:
    """Return the versions that the client has already; a cache may have marked them as weak."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    versions = headers.get("if-none-match", "").split(",")
    return {version.strip().removeprefix("W/") for version in versions}


@cache
def _files() -> dict[str, File]:
    return {path.name: _read(path) for path in STATIC.iterdir() if path.suffix in MEDIA_TYPES}


def _read(path: Path) -> File:
    content = path.read_bytes()
    etag = f'"{hashlib.sha256(content).hexdigest()[:20]}"'
    return File(content.decode(), MEDIA_TYPES[path.suffix], etag)
