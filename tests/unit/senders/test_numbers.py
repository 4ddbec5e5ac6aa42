"""Facts about numbers."""

import pytest

from provisioning.core.spellings import canonical
from provisioning.senders import area_codes, numbers
from provisioning.senders.numbers import NumberFacts

SPELLINGS = [
    "447700900001",
    "+447700900001",
    "00447700900001",
    "+44 7700 900001",
    "+44 (7700) 900-001",
    "+44.7700.900.001",
    "+44 (0)7700 900001",
    "0044 (0) 7700 900001",
    "44(0)7700900001",
    "tel:+44-7700-900001",
    "TEL:+447700900001",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_usual_spelling_is_the_same_number(spelling: str) -> None:
    assert canonical(spelling) == "447700900001"


@pytest.mark.parametrize(
    ("spelling", "number"),
    [
        ("+39 (0)6 1234567", "39061234567"),
        ("+39 06 1234567", "39061234567"),
        ("(0)20 7946 0000", "02079460000"),
        ("+1 (212) 555-0123", "12125550123"),
        ("+44 20 (0) 79460000", "4420079460000"),
    ],
)
def test_only_a_zero_in_brackets_behind_the_country_code_is_left_out(
    spelling: str, number: str
) -> None:
    assert canonical(spelling) == number


@pytest.mark.parametrize(
    "identifier",
    ["Acme", "acme.example", "12 Monkeys", "+", "", "٤٤٧٧", "tel:", "hotel:123", "tel:Acme"],
)
def test_other_ids_stay_as_they_are(identifier: str) -> None:
    assert canonical(identifier) == identifier


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ("Acme", NumberFacts("ALPHANUMERIC")),
        ("72345", NumberFacts("SHORT_CODE")),
        ("+44 7700 900001", NumberFacts("VIRTUAL_LONG_NUMBER", "GB")),
        ("12125550123", NumberFacts("VIRTUAL_LONG_NUMBER", "US", "212")),
        ("14165550123", NumberFacts("VIRTUAL_LONG_NUMBER", "CA", "416")),
        ("18005550123", NumberFacts("TOLL_FREE_NUMBER", "US", "800")),
        ("999999999999999", NumberFacts("VIRTUAL_LONG_NUMBER")),
    ],
)
def test_type_country_and_area_code_of_a_number(identifier: str, expected: NumberFacts) -> None:
    assert numbers.facts(identifier) == expected


@pytest.mark.parametrize(
    ("area_code", "kilometres"), [("213", 3_940), ("416", 550), ("808", 7_950)]
)
def test_distances_between_area_codes_are_those_of_a_map(area_code: str, kilometres: int) -> None:
    """From New York City to Los Angeles, Toronto and Hawaii."""
    assert area_codes.distance("212", area_code) == pytest.approx(kilometres, rel=0.03)


def test_an_area_code_is_at_no_distance_from_itself_even_if_its_place_is_unknown() -> None:
    assert area_codes.distance("800", "800") == 0
    assert area_codes.distance("800", "212") is None
