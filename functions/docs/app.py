"""The page that explains the API and lets a person try it, and the OpenAPI document behind it.

The page is Swagger UI as Powertools brings it in the layer: nothing comes from another host. All
its links are relative, so it works under any stage or base path. It needs no key; the operations
that are tried on it do.
"""

from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SWAGGER_UI = Path(
    str(
        distribution("aws-lambda-powertools").locate_file(
            "aws_lambda_powertools/event_handler/openapi/swagger_ui"
        )
    )
)
FILES = {
    "/docs": (HERE / "page.html", "text/html"),
    "/docs/page.js": (HERE / "page.js", "text/javascript"),
    "/docs/swagger-ui.css": (SWAGGER_UI / "swagger-ui.min.css", "text/css"),
    "/docs/swagger-ui.js": (SWAGGER_UI / "swagger-ui-bundle.min.js", "text/javascript"),
    "/openapi.json": (HERE / "openapi.json", "application/json"),
}
"""What each resource of the template stands for: a file and its media type."""

HEADERS = {
    "Cache-Control": "public, max-age=300",
    "Content-Security-Policy": (
        "default-src 'none'; connect-src 'self'; img-src data:; script-src 'self'; "
        "style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Answer with the file that the requested resource stands for.

    The gateway takes a path that ends in a slash for the same resource, but the page's links lead
    elsewhere from there: such a request is sent to the path without it.
    """
    if event["path"].endswith("/"):
        location = "../" + event["resource"].rpartition("/")[2]
        return {"statusCode": 308, "headers": {**HEADERS, "Location": location}, "body": ""}
    path, media_type = FILES[event["resource"]]
    return {
        "statusCode": 200,
        "headers": {**HEADERS, "Content-Type": f"{media_type}; charset=utf-8"},
        "body": _read(path),
    }


@cache
def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
