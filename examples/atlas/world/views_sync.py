"""
The site's views for a WSGI server.

`views_async.py` is this file with `async` and `await`: a test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from django.db import IntegrityError
from django.db.models import F
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

import vinyl
from world import answers, queries
from world.forms import SearchForm, VisitsForm
from world.models import City, Country, Visit

LINE = 2000  # cities in a line of the map's data
SHOWN = 20  # results of a search


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Show the map."""
    context = {
        "city_count": City.vinyl.count(),
        "country_count": Country.vinyl.count(),
        "asynchronous": vinyl.is_async(),
    }
    return render(request, "world/map.html", context)


@require_GET
def world_map(request: HttpRequest) -> StreamingHttpResponse:
    """Stream every city, some thousands a line, the largest first."""

    def lines() -> Iterator[str]:
        rows = []
        for row in queries.world_map():
            rows.append(row)
            if len(rows) == LINE:
                yield answers.ndjson(rows)
                rows = []
        yield answers.ndjson(rows)

    return StreamingHttpResponse(lines(), content_type="application/x-ndjson; charset=utf-8")


@require_GET
def search(request: HttpRequest) -> JsonResponse:
    """Find cities by any of their names."""
    form = SearchForm(request.GET)
    if not form.is_valid():
        return answers.refused(form)
    text, limit = form.cleaned_data["q"], form.cleaned_data["limit"] or SHOWN
    found = queries.search(text)
    cities = [answers.found_city(city) for city in found[:limit]]
    return JsonResponse({"q": text, "total": found.count(), "cities": cities})


@require_GET
def country(request: HttpRequest, code: str) -> JsonResponse:
    """Tell about one country."""
    country = queries.countries().get_or_none(code=code.upper())
    if country is None:
        return answers.missing("country", code)
    return JsonResponse(
        answers.country_page(
            country,
            continent=country.continent,
            capital=country.R("capital"),
            neighbours=queries.neighbours(country),
            largest=queries.largest_cities(country),
            summary=country.cities.aggregate(**queries.summary()),
        )
    )


@require_GET
def city(request: HttpRequest, number: int) -> JsonResponse:
    """Tell about one city."""
    city = queries.cities().get_or_none(pk=number)
    if city is None:
        return answers.missing("city", number)
    names = queries.names(city)
    capital = city.capital_of.exists()
    return JsonResponse(answers.city_page(city, names, capital=capital))


@require_GET
def ranking(request: HttpRequest) -> JsonResponse:
    """Rank the cities of every continent."""
    continents = queries.continents()
    largest = queries.largest_of_each_continent()
    summary = City.vinyl.aggregate(**queries.summary())
    return JsonResponse(answers.ranking(continents, largest, summary))


@require_http_methods(["GET", "POST", "DELETE"])
def visits(request: HttpRequest, traveller: str) -> JsonResponse:
    """Show a traveller's visits, add some (a list of city numbers), or forget them all."""
    if request.method == "DELETE":
        return JsonResponse({"forgotten": forget(traveller)})
    if request.method == "GET":
        return JsonResponse(answers.diary(traveller, queries.visits(traveller)))
    form = VisitsForm({"cities": request.body.decode(errors="replace")})
    if not form.is_valid():
        return answers.refused(form)
    try:
        outcome = record(traveller, form.cleaned_data["cities"])
    except City.DoesNotExist:
        return answers.missing("city in", form.cleaned_data["cities"])
    diary = answers.diary(traveller, queries.visits(traveller))
    return JsonResponse({**outcome, **diary}, status=201)


def record(traveller: str, numbers: list[int]) -> dict[str, Any]:
    """
    Record visits to cities: all of them, or none if there is no such city.

    A city visited before is passed over: its savepoint is rolled back, the rest stays. Each city is
    locked first, so that travellers who meet in one wait for each other.
    Raises: City.DoesNotExist.
    """
    announced: list[str] = []
    passed_over: list[str] = []
    with vinyl.atomic():
        for number in numbers:
            city = City.vinyl.select_for_update().get(pk=number)
            try:
                with vinyl.atomic():
                    Visit.vinyl.create(traveller=traveller, city=city)
            except IntegrityError:
                passed_over.append(city.name)
                continue
            City.vinyl.filter(pk=number).update(visit_count=F("visit_count") + 1)
            vinyl.on_commit(partial(announced.append, city.name))
    return {"announced": announced, "passed_over": passed_over}


def forget(traveller: str) -> int:
    """Delete a traveller's visits, and count the cities' visitors down again."""
    with vinyl.atomic():
        visited = Visit.vinyl.filter(traveller=traveller)
        cities = City.vinyl.filter(pk__in=visited.values("city"))
        cities.update(visit_count=F("visit_count") - 1)
        count, _ = visited.delete()
    return count
