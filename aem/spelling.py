"""Warns of a number that is linked already, in another spelling."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aem.client import Client, fill
from aem.errors import ApiError, CommandError
from aem.output import Output

_ASSOCIATIONS = "/provisioning/1/associations"
_RESOURCE = "/provisioning/1/resources/NUMBER/{resourceId}"
_PUNCTUATION = re.compile(r"[\s().+/\u2010-\u2015-]+")
_SCHEME = re.compile("^tel:", re.IGNORECASE)
_TRUNK_PREFIX = re.compile(r"^((?:\+|00)?\s*(?!39)[1-9][0-9]{0,2}[\s./-]*)\(0\)")
"""A country code, and the zero behind it that is dialled only within the country (not in Italy)."""
_SHORTEST = 7
"""Digits; shorter numbers are short codes, which have one spelling."""
_MOST_PAGES = 20
_MOST_LOOKUPS = 20
_MOST_WARNINGS = 5


def warn(client: Client, output: Output, links: Iterable[Any]) -> None:
    """Warn of numbers among new associations that look like others of the account.

    A small account is read whole. In a large one the API looks up the first few numbers, which
    finds spellings of digits with and without a plus.
    """
    new = numbers_of(links)
    if new:
        tell(output, other_spellings(new, _existing(client, new)))


def tell(output: Output, found: Mapping[str, str]) -> None:
    """Write the warnings; of many, the first few."""
    for number, other in list(found.items())[:_MOST_WARNINGS]:
        output.warn(f"Warning: {number} looks like another spelling of {other}.")
    if len(found) > _MOST_WARNINGS:
        output.warn(f"Warning: so do {len(found) - _MOST_WARNINGS:,} more.")


def numbers_of(links: Iterable[Any]) -> list[str]:
    """Return the numbers of associations that can have several spellings, each once."""
    found = (
        link["resourceId"]
        for link in links
        if isinstance(link, Mapping)
        and link.get("resourceType") == "NUMBER"
        and isinstance(link.get("resourceId"), str)
    )
    return [number for number in dict.fromkeys(found) if digits(number) is not None]


def _existing(client: Client, new: Sequence[str]) -> list[str]:
    """Return the numbers of the account, or of a large one those like the first new ones."""
    pages = _MOST_PAGES if len(new) > 1 else 1
    existing: list[str] = []
    try:
        for page in client.pages(_ASSOCIATIONS, {"resourceType": "NUMBER"}):
            total = page["paging"].get("totalPages")
            if not isinstance(total, int) or total > pages:
                return _looked_up(client, new[:_MOST_LOOKUPS])
            existing += numbers_of(page["results"])
    except CommandError:  # the key may not read; the warning is a courtesy
        return []
    return existing


def _looked_up(client: Client, numbers: Iterable[str]) -> list[str]:
    found = []
    for number in numbers:
        try:
            resource = client.get(fill(_RESOURCE, {"resourceId": number}))
        except ApiError:  # not found
            continue
        if isinstance(resource.get("resourceId"), str):
            found.append(resource["resourceId"])
    return found


def digits(number: str) -> str | None:
    """Return a number as digits with its country code; None if it is no number in any spelling."""
    international = _TRUNK_PREFIX.sub(r"\1", _SCHEME.sub("", number))
    bare = _PUNCTUATION.sub("", international).removeprefix("00")
    return bare if bare.isascii() and bare.isdigit() and len(bare) >= _SHORTEST else None


def other_spellings(new: Iterable[str], existing: Iterable[str]) -> dict[str, str]:
    """Return the new numbers that another one, new or existing, has in another spelling.

    Returns:
        By new number, the spelling that was there first.
    """
    first: dict[str, str] = {}
    known = set(existing)
    for number in sorted(known):
        if (bare := digits(number)) is not None:
            first.setdefault(bare, number)
    found = {}
    for number in new:
        bare = digits(number)
        if bare is None or number in known:
            continue
        earlier = first.setdefault(bare, number)
        if earlier != number:
            found[number] = earlier
    return found
