"""Facts about phone numbers: country, sender type and area code.

Countries and types come from Google's metadata (``phonenumbers``); it takes a few milliseconds to
load, so only functions that choose senders import this module.
"""

from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

from provisioning.core.spellings import canonical
from provisioning.resources.sending_strategies import SenderType

SHORT_CODE_DIGITS = 8
"""Digits that a short code has at most; longer numbers are international numbers."""
_NORTH_AMERICA = 1
_AREA_CODE_DIGITS = 3


class NumberFacts(NamedTuple):
    """What is known of a sender or a destination.

    Attributes:
        sender_type: Its type.
        country: Its country as a two-letter ISO code; None where it has none or it is unknown.
        area_code: Its three-digit area code, for numbers of the United States and Canada.
    """

    sender_type: SenderType
    country: str | None = None
    area_code: str | None = None


COUNTRIES = frozenset(phonenumbers.SUPPORTED_REGIONS)
"""The countries that a number can have, as two-letter ISO codes."""
ALPHANUMERIC = NumberFacts("ALPHANUMERIC")
_SHORT_CODE = NumberFacts("SHORT_CODE")


@lru_cache(maxsize=4096)
def facts(identifier: str) -> NumberFacts:
    """Return what is known of a number, in any usual spelling, or of an alphanumeric sender."""
    digits = canonical(identifier)
    if not digits.isascii() or not digits.isdigit():
        return ALPHANUMERIC
    if len(digits) <= SHORT_CODE_DIGITS:
        return _SHORT_CODE
    try:
        number = phonenumbers.parse(f"+{digits}")
    except NumberParseException:
        return NumberFacts("VIRTUAL_LONG_NUMBER")
    return NumberFacts(_type(number), _country(number), _area_code(number))


def _type(number: phonenumbers.PhoneNumber) -> SenderType:
    is_toll_free = phonenumbers.number_type(number) == PhoneNumberType.TOLL_FREE
    return "TOLL_FREE_NUMBER" if is_toll_free else "VIRTUAL_LONG_NUMBER"


def _country(number: phonenumbers.PhoneNumber) -> str | None:
    """Return a number's country; for a number that is in no plan, the main one of its code."""
    region = phonenumbers.region_code_for_number(number)
    if region is None and number.country_code is not None:
        region = phonenumbers.region_code_for_country_code(number.country_code)
    return None if region in {"ZZ", "001"} else region


def _area_code(number: phonenumbers.PhoneNumber) -> str | None:
    if number.country_code != _NORTH_AMERICA:
        return None
    return str(number.national_number)[:_AREA_CODE_DIGITS]
