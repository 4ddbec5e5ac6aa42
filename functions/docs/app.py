"""The page that explains the API and sends requests to it, and the OpenAPI document.

The page is Swagger UI from the copy of Powertools in the layer. It needs no API key; the operations
that it sends do.
"""

from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from provisioning.http import static_files

HERE = Path(__file__).parent
SWAGGER_UI = Path(
    str(
        distribution("aws-lambda-powertools").locate_file(
            "aws_lambda_powertools/event_handler/openapi/swagger_ui"
        )
    )
)
FILES = {
    "/docs": HERE / "page.html",
    "/docs/page.js": HERE / "page.js",
    "/docs/swagger-ui.css": SWAGGER_UI / "swagger-ui.min.css",
    "/docs/swagger-ui.js": SWAGGER_UI / "swagger-ui-bundle.min.js",
    "/openapi.json": HERE / "openapi.json",
}


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Return the file of the requested resource."""
    return static_files.answer(event, FILES[event["resource"]], static_files.NOT_STORED)
