"""Serves files: the pages for people, and what they are made of.

A page may load and run its own files and nothing from another host. Its links are relative, so it
works under any stage or base path.
"""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

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
MEDIA_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
}
NOT_STORED = "no-store"
"""Caching of files that a deployment may change."""
FOR_GOOD = "public, max-age=31536000, immutable"
"""Caching of files whose name changes with their content."""
REVALIDATED = "no-cache"
"""Caching of pages: browsers ask each time whether they have changed."""
_NOT_FOUND = (
    '{"requestError": {"serviceException": {"messageId": "NOT_FOUND", "text": "Not found"}}}'
)

Event = Mapping[str, Any]
Answer = dict[str, Any]


def answer(event: Event, path: Path | None, caching: str) -> Answer:
    """Return the response with a file.

    API Gateway routes a path that ends in a slash to the same resource, but the page's relative
    links lead elsewhere from there: such a request is redirected to the path without it.
    """
    if event["path"].endswith("/"):
        location = "../" + event["path"].rstrip("/").rpartition("/")[2]
        return _answer(308, {"Cache-Control": caching, "Location": location})
    if path is None:
        headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
        return _answer(404, headers, _NOT_FOUND)
    found = _read(path)
    headers = {"Cache-Control": caching, "ETag": found.etag}
    if found.etag in _cached(event):
        return _answer(304, headers)
    content_type = f"{MEDIA_TYPES[path.suffix]}; charset=utf-8"
    return _answer(200, headers | {"Content-Type": content_type}, found.content)


def moved(location: str) -> Answer:
    """Return a redirect."""
    return _answer(302, {"Cache-Control": REVALIDATED, "Location": location})


def base_of(event: Event) -> str:
    """Return what the client's path has before the API's root: a stage, a base path, or nothing."""
    path: str = event.get("requestContext", {}).get("path") or event["path"]
    return path.rstrip("/").removesuffix(event["path"].rstrip("/"))


def _answer(status: int, headers: Mapping[str, str], body: str = "") -> Answer:
    return {"statusCode": status, "headers": HEADERS | dict(headers), "body": body}


def _cached(event: Event) -> set[str]:
    """Return the versions that the client has already; a cache may have marked them as weak."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    versions = headers.get("if-none-match", "").split(",")
    return {version.strip().removeprefix("W/") for version in versions}


class _File(NamedTuple):
    content: str
    etag: str


@cache
def _read(path: Path) -> _File:
    content = path.read_bytes()
    return _File(content.decode(), f'"{hashlib.sha256(content).hexdigest()[:20]}"')
