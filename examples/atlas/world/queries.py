"""
What the site asks the database.

Each function builds a queryset and asks nothing yet, so the same function serves both kinds of
views: the asynchronous ones write `await` before the queryset, the others do not.
"""

from __future__ import annotations

from typing import Any

from django.db.models import (
    Case,
    Count,
    F,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
    Window,
)
from django.db.models.functions import RowNumber

from world.models import AlternateName, City, Continent, Country, Visit

SIZE = ("-population", "pk")


def search(text: str) -> Any:
    """
    Return the cities that have `text` in one of their names, the likeliest first.

    Each carries `also_called`: the first of its alternate names with the text, if there is one.
    """
    alternate = AlternateName.vinyl.filter(name__icontains=text)
    also_called = alternate.filter(city=OuterRef("pk")).order_by("pk").values("name")[:1]
    distance = Case(
        When(called(name__iexact=text), then=Value(0)),
        When(name__istartswith=text, then=Value(1)),
        When(called(name__istartswith=text), then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    return (
        City.vinyl.filter(called(name__icontains=text))
        .select_related("country")
        .annotate(distance=distance, also_called=Subquery(also_called))
        .order_by("distance", *SIZE)
    )


def called(**name: str) -> Q:
    """Return the condition that a city's name, or one of its alternate names, is like this."""
    return Q(**name) | Q(pk__in=AlternateName.vinyl.filter(**name).values("city"))


def world_map() -> Any:
    """Return a row of (number, latitude, longitude, population, name, country) for each city."""
    columns = ("pk", "latitude", "longitude", "population", "name", "country")
    return City.vinyl.order_by(*SIZE).values_list(*columns)


def countries() -> Any:
    """Return the countries, each with its continent."""
    return Country.vinyl.select_related("continent")


def cities() -> Any:
    """Return the cities, each with its country and continent."""
    return City.vinyl.select_related("country__continent")


def neighbours(country: Country) -> Any:
    """Return the countries that share a border with this one."""
    return country.neighbours.order_by("name", "pk")


def largest_cities(country: Country, limit: int = 10) -> Any:
    """Return a country's most populous cities."""
    return country.cities.order_by(*SIZE)[:limit]


def summary() -> dict[str, Any]:
    """Return the aggregates that sum up a set of cities."""
    return {
        "cities": Count("pk"),
        "people": Sum("population"),
        "time_zones": Count("time_zone", distinct=True),
        "northernmost": Max("latitude"),
        "southernmost": Min("latitude"),
    }


def names(city: City) -> Any:
    """Return all that a city is called elsewhere, as strings."""
    return city.alternate_names.order_by("name", "pk").values_list("name", flat=True)


def continents() -> Any:
    """Return a dict for each continent: its countries, cities and their people counted."""
    return (
        Continent.vinyl.annotate(
            country_count=Count("countries", distinct=True),
            city_count=Count("countries__cities"),
            people=Sum("countries__cities__population"),
        )
        .order_by("name")
        .values("name", "country_count", "city_count", "people")
    )


def largest_of_each_continent(depth: int = 5) -> Any:
    """Return the most populous cities of every continent, each with its `rank` there."""
    rank = Window(
        RowNumber(),
        partition_by=F("country__continent"),
        order_by=[F("population").desc(), F("pk").asc()],
    )
    return cities().annotate(rank=rank).filter(rank__lte=depth).order_by("rank", *SIZE)


def visits(traveller: str) -> Any:
    """Return a traveller's visits, each with its city and country."""
    return (
        Visit.vinyl.filter(traveller=traveller)
        .select_related("city__country")
        .order_by("city__name", "city")
    )
