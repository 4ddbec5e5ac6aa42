"""The headers ``ETag`` and ``If-Match`` (RFC 9110, sections 8.8.3 and 13.1.1)."""

import re

from provisioning.core.errors import InvalidError
from provisioning.core.if_match import ANY, IfMatch

_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
# Empty elements of a list are ignored (RFC 9110, section 5.6.1.2).
_TAGS = re.compile(rf"(?:\s*,)*\s*{_TAG}\s*(?:,\s*(?:{_TAG}\s*)?)*")
_EACH = re.compile(_TAG)
_MAXIMUM_LENGTH = 4096


def parse(header: str | None) -> IfMatch:
    """Return the condition in an ``If-Match`` header; a request without the header has none.

    Weak tags never match, as the comparison of ``If-Match`` is the strong one. An empty header is
    an error: the client meant a condition, and without it would overwrite what it has not seen.

    Raises:
        InvalidError: The header is neither ``*`` nor a list of tags.
    """
    given = "*" if header is None else header.strip()
    if given == "*":
        return ANY
    if len(given) > _MAXIMUM_LENGTH or not _TAGS.fullmatch(given):
        raise InvalidError({"If-Match": ["must be * or tags in double quotes, as ETag has them"]})
    return IfMatch(frozenset(tag[1:-1] for tag in _EACH.findall(given) if tag.startswith('"')))


def etag(version: str) -> dict[str, str]:
    """Return the header that gives a client a version."""
    return {"ETag": f'"{version}"'}
