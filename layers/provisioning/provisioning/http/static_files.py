"""Serves files, for the page that explains the API."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; connect-src 'self'; img-src data:; script-src 'self'; "
        "style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}


def serve(event: Mapping[str, Any], files: Mapping[str, tuple[Path, str]]) -> dict[str, Any]:
    """Return the response with the file of the requested resource.

    API Gateway routes a path that ends in a slash to the same resource, but the page's relative
    links lead elsewhere from there: such a request is redirected to the path without it.

    Args:
        event: The event of API Gateway.
        files: A file and its media type for each resource of the template.
    """
    if event["path"].endswith("/"):
        location = "../" + event["resource"].rpartition("/")[2]
        return {"statusCode": 308, "headers": {**HEADERS, "Location": location}, "body": ""}
    path, media_type = files[event["resource"]]
    headers = {**HEADERS, "Content-Type": f"{media_type}; charset=utf-8"}
    return {"statusCode": 200, "headers": headers, "body": _read(path)}


@cache
def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
