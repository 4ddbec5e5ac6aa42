"""Versions: what ``ETag`` and ``If-Match`` say of a thing's state (RFC 9110, 8.8 and 13.1).

A version is new with every change, so equal versions are the same state and nobody can write over
what they have not seen. Who asks for no version is asked nothing.
"""

import re
from dataclasses import dataclass

from provisioning.core.errors import InvalidError, StaleError
from provisioning.table.dynamodb import Item

_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_TAGS = re.compile(rf"\s*{_TAG}\s*(?:,\s*{_TAG}\s*)*")
_EACH = re.compile(_TAG)
_LONGEST = 4096


@dataclass(frozen=True)
class Wanted:
    """What ``If-Match`` asks for.

    Attributes:
        versions: One of these must be the present one; None for any, also where nothing is asked.
    """

    versions: frozenset[str] | None = None

    @property
    def is_any(self) -> bool:
        """Whether every state will do."""
        return self.versions is None

    def require(self, version: str) -> None:
        """Let a version pass that is asked for.

        Raises:
            StaleError: It is not.
        """
        if self.versions is not None and version not in self.versions:
            raise StaleError


ANY = Wanted()
"""What a request without ``If-Match`` asks for."""


def wanted(header: str) -> Wanted:
    """Return what an ``If-Match`` header asks for; the empty one asks for nothing.

    Weak tags never match: two states that are told apart by nothing else are still two.

    Raises:
        InvalidError: It is neither ``*`` nor a list of tags.
    """
    given = header.strip()
    if given in {"", "*"}:
        return ANY
    if len(given) > _LONGEST or not _TAGS.fullmatch(given):
        raise InvalidError({"If-Match": ["must be * or tags in double quotes, as ETag has them"]})
    return Wanted(frozenset(tag[1:-1] for tag in _EACH.findall(given) if tag.startswith('"')))


def of(item: Item) -> str:
    """Return the version of an application's, an entity's or an association's item."""
    version: str = item.get("version") or item.get("generation") or item["creationId"]
    return version


def tag(item: Item) -> dict[str, str]:
    """Return the header that tells a client an item's version."""
    return {"ETag": f'"{of(item)}"'}
