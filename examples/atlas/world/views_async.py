"""
The site's views for an ASGI server.

`views_sync.py` is this file without `async` and `await`: a test holds the two equal.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
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
async def page(request: HttpRequest) -> HttpResponse:
    """Show the map."""
    context = {
        "city_count": await City.vinyl.count(),
        "country_count": await Country.vinyl.count(),
        "asynchronous": vinyl.is_async(),
    }
    return render(request, "world/map.html", context)


@require_GET
async def world_map(request: HttpRequest) -> StreamingHttpResponse:
    """Stream every city, some thousands a line, the largest first."""

    async def lines() -> AsyncIterator[str]:
        rows = []
        async for row in queries.world_map():
            rows.append(row)
            if len(rows) == LINE:
                yield answers.ndjson(rows)
                rows = []
        yield answers.ndjson(rows)

    return StreamingHttpResponse(lines(), content_type="application/x-ndjson; charset=utf-8")


@require_GET
async def search(request: HttpRequest) -> JsonResponse:
    """Find cities by any of their names."""
    form = SearchForm(request.GET)
    if not form.is_valid():
        return answers.refused(form)
    text, limit = form.cleaned_data["q"], form.cleaned_data["limit"] or SHOWN
    found = queries.search(text)
    cities = [answers.found_city(city) for city in await found[:limit]]
    return JsonResponse({"q": text, "total": await found.count(), "cities": cities})


@require_GET
async def country(request: HttpRequest, code: str) -> JsonResponse:
    """Tell about one country."""
    country = await queries.countries().get_or_none(code=code.upper())
    if country is None:
        return answers.missing("country", code)
    return JsonResponse(
        answers.country_page(
            country,
            continent=await country.continent,
            capital=await country.R("capital"),
            neighbours=await queries.neighbours(country),
            largest=await queries.largest_cities(country),
            summary=await country.cities.aggregate(**queries.summary()),
        )
    )


@require_GET
async def city(request: HttpRequest, number: int) -> JsonResponse:
    """Tell about one city."""
    city = await queries.cities().get_or_none(pk=number)
    if city is None:
        return answers.missing("city", number)
    names = await queries.names(city)
    capital = await city.capital_of.exists()
    return JsonResponse(answers.city_page(city, names, capital=capital))


@require_GET
async def ranking(request: HttpRequest) -> JsonResponse:
    """Rank the cities of every continent."""
    continents = await queries.continents()
    largest = await queries.largest_of_each_continent()
    summary = await City.vinyl.aggregate(**queries.summary())
    return JsonResponse(answers.ranking(continents, largest, summary))


@require_http_methods(["GET", "POST", "DELETE"])
async def visits(request: HttpRequest, traveller: str) -> JsonResponse:
    """Show a traveller's visits, add some (a list of city numbers), or forget them all."""
    if request.method == "DELETE":
        return JsonResponse({"forgotten": await forget(traveller)})
    if request.method == "GET":
        return JsonResponse(answers.diary(traveller, await queries.visits(traveller)))
    form = VisitsForm({"cities": request.body.decode(errors="replace")})
    if not form.is_valid():
        return answers.refused(form)
    try:
        outcome = await record(traveller, form.cleaned_data["cities"])
    except City.DoesNotExist:
        return answers.missing("city in", form.cleaned_data["cities"])
    diary = answers.diary(traveller, await queries.visits(traveller))
    return JsonResponse({**outcome, **diary}, status=201)


async def record(traveller: str, numbers: list[int]) -> dict[str, Any]:
    """
    Record visits to cities: all of them, or none if there is no such city.

    A city visited before is passed over: its savepoint is rolled back, the rest stays. Each city is
    locked first, so that travellers who meet in one wait for each other.
    Raises: City.DoesNotExist.
    """
    announced: list[str] = []
    passed_over: list[str] = []
    async with vinyl.atomic():
        for number in numbers:
            city = await City.vinyl.select_for_update().get(pk=number)
            try:
                async with vinyl.atomic():
                    await Visit.vinyl.create(traveller=traveller, city=city)
            except IntegrityError:
                passed_over.append(city.name)
                continue
            await City.vinyl.filter(pk=number).update(visit_count=F("visit_count") + 1)
            vinyl.on_commit(partial(announced.append, city.name))
    return {"announced": announced, "passed_over": passed_over}


async def forget(traveller: str) -> int:
    """Delete a traveller's visits, and count the cities' visitors down again."""
    async with vinyl.atomic():
        visited = Visit.vinyl.filter(traveller=traveller)
        cities = City.vinyl.filter(pk__in=visited.values("city"))
        await cities.update(visit_count=F("visit_count") - 1)
        count, _ = await visited.delete()
    return count
