"""
The site's answers as JSON: objects in, plain values out.

Nothing here asks the database; every relation that is touched was loaded by the query.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.forms import Form
from django.http import JsonResponse

from world.models import City, Continent, Country, Visit


def city_line(city: City) -> dict[str, Any]:
    """Return a city in short; its country must be loaded."""
    return {
        "id": city.pk,
        "name": city.name,
        "country": {"code": city.country_id, "name": city["country"].name},
        "population": city.population,
        "latitude": city.latitude,
        "longitude": city.longitude,
        "time_zone": city.time_zone,
    }


def city_page(city: City, names: Iterable[str], *, capital: bool) -> dict[str, Any]:
    """Return all that is known of a city."""
    return {
        **city_line(city),
        "continent": city.country.continent.name,
        "capital": capital,
        "region": city.region_code,
        "visit_count": city.visit_count,
        "alternate_names": list(names),
    }


def found_city(city: City) -> dict[str, Any]:
    """Return a result of a search."""
    return {**city_line(city), "also_called": city.also_called}


def country_line(country: Country) -> dict[str, Any]:
    """Return a country in short."""
    return {"code": country.pk, "name": country.name, "population": country.population}


def country_page(
    country: Country,
    *,
    continent: Continent,
    capital: City | None,
    neighbours: Iterable[Country],
    largest: Iterable[City],
    summary: dict[str, Any],
) -> dict[str, Any]:
    """Return all that is known of a country."""
    return {
        **country_line(country),
        "code3": country.code3,
        "continent": continent.name,
        "capital": capital.name if capital else country.capital_name or None,
        "area": country.area,
        "currency": {"code": country.currency_code, "name": country.currency_name},
        "languages": country.languages.split(",") if country.languages else [],
        "phone_prefix": country.phone_prefix,
        "internet_domain": country.internet_domain,
        "neighbours": [country_line(neighbour) for neighbour in neighbours],
        "largest_cities": [{"name": city.name, "people": city.population} for city in largest],
        "summary": summary,
    }


def ranking(
    continents: Iterable[dict[str, Any]], largest: Iterable[City], summary: dict[str, Any]
) -> dict[str, Any]:
    """Return the continents with their largest cities, and the whole world summed up."""
    by_continent: dict[str, list[dict[str, Any]]] = {}
    for city in largest:
        line = {"rank": city.rank, **city_line(city)}
        by_continent.setdefault(city.country.continent.name, []).append(line)
    return {
        "world": summary,
        "continents": [
            {**continent, "largest_cities": by_continent.get(continent["name"], [])}
            for continent in continents
        ],
    }


def diary(traveller: str, visits: Iterable[Visit]) -> dict[str, Any]:
    """Return where a traveller has been; cities and countries must be loaded."""
    return {
        "traveller": traveller,
        "visits": [
            {
                "city": visit.city.name,
                "country": visit.city.country.name,
                "visit_count": visit.city.visit_count,
            }
            for visit in visits
        ],
    }


def ndjson(rows: Iterable[tuple[Any, ...]]) -> str:
    """Return rows as one line of newline-delimited JSON."""
    return json.dumps(list(rows), ensure_ascii=False, separators=(",", ":")) + "\n"


def refused(form: Form) -> JsonResponse:
    """Return the answer to a question that a form did not accept."""
    return JsonResponse(
        {"error": "bad question", "fields": form.errors.get_json_data()}, status=400
    )


def missing(kind: str, key: object) -> JsonResponse:
    """Return the answer where something is not in the database."""
    return JsonResponse({"error": f"There is no {kind} {key!r}."}, status=404)
