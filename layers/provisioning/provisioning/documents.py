"""Reads what clients send: JSON, strictly, and forms."""

import json
from collections import Counter
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesParser
from typing import Never

from provisioning.errors import InvalidError

JSON = "application/json"
FORM = "multipart/form-data"


def read_json(text: str | bytes) -> object:
    """Return a JSON document.

    Raises:
        InvalidError: It is none, or an object in it has two members of one name.
    """
    if not text.strip():
        raise InvalidError({"body": ["must not be empty"]})
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise InvalidError({"body": ["must be valid JSON"]}) from None


def _unique(members: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse repeated members, of which two readers could take different ones (RFC 8259, 4)."""
    unique = dict(members)
    if len(unique) < len(members):
        times = Counter(name for name, _ in members)
        repeated = sorted(name for name in times if times[name] > 1)
        raise InvalidError({name: ["must not be repeated"] for name in repeated})
    return unique


def _no_constant(name: str) -> Never:
    """Refuse NaN and the infinities, which Python reads and JSON does not have."""
    raise ValueError(name)


def read_form(body: bytes, content_type: str) -> dict[str, object]:
    """Return the fields of a form (RFC 7578), without its files.

    Args:
        body: The form.
        content_type: What its header says of it, the boundary included.

    Returns:
        Each field's text, or the texts of one that is repeated. A byte that is not UTF-8 becomes
        a lone surrogate, which no id may hold.

    Raises:
        InvalidError: It is no form.
    """
    header = f"Content-Type: {content_type}\r\n\r\n".encode()
    form = BytesParser().parsebytes(header + body)
    if not form.is_multipart() or form.defects:
        raise InvalidError({"body": [f"must be valid {FORM}"]})
    texts: dict[str, list[str]] = {}
    for name, text in _fields(form):
        texts.setdefault(name, []).append(text)
    return {name: given[0] if len(given) == 1 else given for name, given in texts.items()}


def _fields(form: Message) -> Iterator[tuple[str, str]]:
    for part in form.walk():
        name = part.get_param("name", header="Content-Disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and part.get_filename() is None and isinstance(content, bytes):
            yield name, content.decode(errors="surrogateescape")
