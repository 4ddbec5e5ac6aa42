"""Writes where the area codes of the United States and Canada are: ``python -m tools.area_codes``.

Needs the packages in ``tools/area-codes-requirements.txt`` and, from npm, ``areacodes`` (the
argument is its folder). The result is small and changes rarely, so it is committed.

A code's place is, in this order: the centre of its area (``area-code-locator``), the place that
``areacodes`` gives, or the mean of the codes of the same city, else state or province, as
``phonenumbers`` names it (new overlays share their area with an older code).
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path

import pyarrow.parquet
import shapely
from phonenumbers import PhoneNumber, region_code_for_number
from phonenumbers.geodata import GEOCODE_DATA

TARGET = Path("layers/provisioning/provisioning/senders/area_codes.json")
COUNTRIES = {"US", "CA"}
STATES = {"NY": "New York", "ON": "Ontario", "QC": "Quebec", "TX": "Texas", "FL": "Florida"}
STATES |= {"IL": "Illinois", "British Colombia": "British Columbia", "Washington State": "WA"}

MAIN_CITY = 0.3
"""Share of the names below an area code that makes a city the code's own."""

Place = tuple[float, float]
"""Latitude and longitude in degrees."""


def main(areacodes: Path) -> None:
    """Write the file."""
    codes = [str(number) for number in range(200, 1000) if _country(str(number)) in COUNTRIES]
    known = _from_npm(areacodes) | _from_polygons()
    named = {code: name for code in codes if (name := _name(code))}
    known = {code: known[code] for code in named if code in known}
    found = {code: known.get(code) or _alike(named, known, code) for code in named}
    places = {code: [round(at, 2) for at in place] for code, place in found.items() if place}
    lines = ",\n".join(f'  "{code}": {json.dumps(place)}' for code, place in sorted(places.items()))
    TARGET.write_text(f"{{\n{lines}\n}}\n")


def _country(code: str) -> str | None:
    number = PhoneNumber(country_code=1, national_number=int(f"{code}2345678"))
    region: str | None = region_code_for_number(number)
    return region


def _from_polygons() -> dict[str, Place]:
    # Only its data is needed; to import the package would need much more (GeoPandas).
    package = find_spec("area_code_locator")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("area_code_locator")
    data = Path(package.origin).with_name("data") / "area-codes.parquet"
    rows = pyarrow.parquet.read_table(data).to_pylist()
    return {row["area_code"]: _centre(shapely.from_wkb(row["geometry"])) for row in rows}


def _centre(area: shapely.Geometry) -> Place:
    centre = area.centroid if area.contains(area.centroid) else area.representative_point()
    return centre.y, centre.x


def _from_npm(areacodes: Path) -> dict[str, Place]:
    data = json.loads((areacodes / "lib" / "data.json").read_text())
    return {
        code: (item["location"]["latitude"], item["location"]["longitude"])
        for code, item in data.items()
        if item.get("location")
    }


def _name(code: str) -> str | None:
    """Return the main city, else the state, of a code; None for a code without a place."""
    data: Mapping[str, Mapping[str, str]] = GEOCODE_DATA
    names = [
        texts["en"]
        for prefix, texts in data.items()
        if prefix.startswith(f"1{code}") and "en" in texts
    ]
    if not names:
        return None
    cities = Counter(name for name in names if ", " in name).most_common(1)
    states = Counter(map(_state, names)).most_common(1)
    city, count = cities[0] if cities else ("", 0)
    return city if count >= MAIN_CITY * len(names) else states[0][0]


def _alike(named: Mapping[str, str], known: Mapping[str, Place], code: str) -> Place | None:
    """Return the mean place of the known codes of the same city, else of the same state."""
    name = named[code]
    same_city = [known[other] for other in known if named[other] == name]
    same_state = [known[other] for other in known if _state(named[other]) == _state(name)]
    return _mean(same_city) or _mean(same_state)


def _state(name: str) -> str:
    state = name.rpartition(", ")[2]
    return STATES.get(state, state)


def _mean(places: Iterable[Place]) -> Place | None:
    several = list(places)
    if not several:
        return None
    latitudes, longitudes = zip(*several, strict=True)
    return sum(latitudes) / len(several), sum(longitudes) / len(several)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
