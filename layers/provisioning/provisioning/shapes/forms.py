"""Reads forms (``multipart/form-data``, RFC 7578) in time proportional to their length."""

import re

from provisioning.core.errors import InvalidError

FORM = "multipart/form-data"

MAXIMUM_PARTS = 1000
"""Parts that a form may have, files among them."""
MAXIMUM_PART_HEADERS = 8
"""Headers that a part may have; RFC 7578 knows three."""
MAXIMUM_HEADER_BYTES = 4096
"""Bytes that one header of a part may have."""
MAXIMUM_BOUNDARY = 70
"""Characters of a boundary (RFC 2046, section 5.1.1)."""
_CONTROL = re.compile(r"[\x00-\x08\n-\x1f\x7f-\x9f]")
"""A control character other than the tab, which no header may have (RFC 9110, section 5.5)."""


def read_form(body: bytes, content_type: str) -> dict[str, object]:
    """Return the fields of a form, without its files.

    A part that is itself a multipart is one text, like any other: forms do not nest (RFC 7578,
    section 4.3).

    Returns:
        The text of each field, or the texts of a field that is repeated.

    Raises:
        InvalidError: It is not a valid form, its texts are not UTF-8, or it exceeds a bound above.
    """
    from multipart import MultipartError  # noqa: PLC0415 - only forms need it

    try:
        texts = _texts(body, content_type)
    except (MultipartError, ValueError):
        raise InvalidError({"body": [f"must be valid {FORM} in UTF-8"]}) from None
    return {name: given[0] if len(given) == 1 else given for name, given in texts.items()}


def _texts(body: bytes, content_type: str) -> dict[str, list[str]]:
    from multipart import PushMultipartParser, parse_options_header  # noqa: PLC0415 - as above

    _require_printable(content_type)
    boundary = parse_options_header(content_type)[1].get("boundary", "")[: MAXIMUM_BOUNDARY + 1]
    texts: dict[str, list[str]] = {}
    with PushMultipartParser(
        boundary,
        max_header_size=MAXIMUM_HEADER_BYTES,
        max_header_count=MAXIMUM_PART_HEADERS,
        max_segment_count=MAXIMUM_PARTS,
        strict=True,
    ) as parser:
        name, content = None, b""
        for event in parser.parse(body):
            if event is None:
                if name is not None:
                    texts.setdefault(name, []).append(content.decode())
            elif isinstance(event, bytes | bytearray):
                content = bytes(event)  # The whole body is one chunk, so a part is one as well.
            else:
                for _, value in event.headerlist:
                    _require_printable(value)
                name, content = (event.name if event.filename is None else None), b""
    return texts


def _require_printable(header: str) -> None:
    """Refuse control characters: parsers differ in where a parameter that has one ends."""
    if _CONTROL.search(header):
        raise ValueError(header)
