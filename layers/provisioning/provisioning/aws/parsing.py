"""Reads responses without a walk through the service model.

What DynamoDB and SQS return for the operations of this product is what their JSON says. botocore's
own parser looks up the shape of each attribute, which takes longer than all of the rest of a list.
"""

from __future__ import annotations

import json
import zlib
from typing import Any

from botocore.parsers import PROTOCOL_PARSERS, JSONParser, ResponseParserFactory

_DAMAGED = {"Error": {"Code": "RequestTimeout", "Message": "the response was damaged"}}
"""Error code of a damaged response; botocore retries errors of this name."""


_TOO_MANY_REQUESTS = 429


class PlainJSONParser(JSONParser):
    """Takes the JSON of a successful response as it is; errors are parsed by the model."""

    def _do_parse(self, response: dict[str, Any], _shape: object) -> dict[str, Any]:
        parsed = _document(response)
        parsed["ResponseMetadata"] = {}
        return parsed

    def _do_error_parse(self, response: dict[str, Any], shape: object) -> dict[str, Any]:
        parsed: dict[str, Any] = super()._do_error_parse(response, shape)  # type: ignore[misc]
        # As a gateway or a proxy refuses a call; botocore only retries throttles that have a name.
        if parsed["Error"]["Code"] == str(_TOO_MANY_REQUESTS):
            parsed["Error"]["Code"] = "TooManyRequestsException"
        return parsed


def _document(response: dict[str, Any]) -> dict[str, Any]:
    body, checksum = response["body"], response["headers"].get("x-amz-crc32")
    if checksum is not None and int(checksum) != zlib.crc32(body):
        return dict(_DAMAGED)
    try:
        document: dict[str, Any] = json.loads(body or b"{}")
    except ValueError:
        return dict(_DAMAGED)
    return document


class PlainParserFactory(ResponseParserFactory):
    """Creates the parsers of a session (botocore's component ``response_parser_factory``)."""

    def create_parser(self, protocol_name: str) -> Any:
        """Return a parser for a protocol."""
        parser: Any = PROTOCOL_PARSERS[protocol_name]
        return PlainJSONParser() if parser is JSONParser else parser()
