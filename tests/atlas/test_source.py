"""The atlas's data functions, on the real data and on records that show one rule each."""

from __future__ import annotations

from typing import Any

import pytest
from world import source


@pytest.fixture(scope="module")
def data() -> source.Source:
    return source.read()


def city(number: int, name: str, *, people: int = 1, also: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "geonameid": number,
        "name": name,
        "countrycode": "XX",
        "population": people,
        "alternatenames": list(also),
    }


def country(code: str, *, capital: str = "", neighbours: str = "") -> dict[str, str]:
    return {"iso": code, "capital": capital, "neighbours": neighbours}


def test_all_of_the_data_is_read(data: source.Source) -> None:
    assert len(data.continents) == 7
    assert len(data.countries) == 252
    assert len(data.cities) == 34_006


def test_cities_come_largest_first_and_a_limit_keeps_the_largest(data: source.Source) -> None:
    people = [record["population"] for record in data.cities]
    assert people == sorted(people, reverse=True)
    assert source.read(limit=10).cities == data.cities[:10]


def test_every_city_and_country_refers_to_a_record_that_is_there(data: source.Source) -> None:
    countries = [source.country_fields(record) for record in data.countries]
    continents = {source.continent_fields(record)["code"] for record in data.continents}
    assert {fields["continent_id"] for fields in countries} <= continents
    codes = {fields["code"] for fields in countries}
    assert {source.city_fields(record)["country_id"] for record in data.cities} <= codes


def test_no_blank_name_is_loaded(data: source.Source) -> None:
    names = [name for record in data.cities for name in source.alternate_name_fields(record)]
    assert len(names) > 300_000
    assert all(fields["name"].strip() for fields in names)


def test_a_border_is_there_from_both_sides_whichever_side_knows_it() -> None:
    records = [
        country("CH", neighbours="AT,FR"),
        country("AT", neighbours="CH"),
        country("FR", neighbours="QQ"),
        country("NZ"),
    ]
    pairs = [(row["country_id"], row["neighbour_id"]) for row in source.border_fields(records)]
    assert pairs == [("AT", "CH"), ("CH", "AT"), ("CH", "FR"), ("FR", "CH")]


def test_a_capital_is_found_by_name_then_by_another_name_of_the_largest_city() -> None:
    cities = [
        city(1, "Bogotá", people=7, also=("Bogota",)),
        city(2, "Nur", people=9, also=("Bogota",)),
        city(3, "Astana", people=5, also=("Nur-Sultan",)),
    ]
    assert source.capitals([country("XX", capital="Bogota")], cities) == {"XX": 1}
    assert source.capitals([country("XX", capital="Nursultan")], cities) == {"XX": 3}
    assert source.capitals([country("XX", capital="Elsewhere")], cities) == {}
    assert source.capitals([country("XX")], cities) == {}


def test_nearly_every_country_has_its_capital(data: source.Source) -> None:
    capitals = source.capitals(data.countries, data.cities)
    names = {record["geonameid"]: record["name"] for record in data.cities}
    assert names[capitals["BR"]] == "Brasília"
    assert names[capitals["CO"]] == "Bogotá"
    assert len(capitals) == 242
