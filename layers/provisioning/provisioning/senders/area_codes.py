"""How far apart two area codes of the United States and Canada are."""

import json
from functools import cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

EARTH_DIAMETER = 12_742
"""Kilometres."""


@cache
def _places() -> dict[str, tuple[float, float]]:
    """Return latitude and longitude in radians by area code (made by ``tools/area_codes.py``)."""
    degrees = json.loads(Path(__file__).with_suffix(".json").read_text())
    return {code: (radians(north), radians(east)) for code, (north, east) in degrees.items()}


def distance(one: str, other: str) -> float | None:
    """Return the kilometres between the centres of two area codes; None where one is unknown."""
    if one == other:
        return 0.0
    places = _places()
    if one not in places or other not in places:
        return None
    (north, east), (other_north, other_east) = places[one], places[other]
    square = (
        sin((other_north - north) / 2) ** 2
        + cos(north) * cos(other_north) * sin((other_east - east) / 2) ** 2
    )
    return EARTH_DIAMETER * asin(sqrt(square))
