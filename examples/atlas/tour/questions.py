"""The questions that both servers are asked, and how to show their answers at a glance."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

TRAVELLER = "/api/travellers/ada/visits"
NO_CITY = 1
SHOWN = 3
TIMES = 5  # that a question which only reads is asked, for a steadier time


@dataclass(frozen=True)
class Question:
    """A request, the status and the content that must come, and what to show of the answer."""

    title: str
    path: str
    glance: Callable[[Any], str]
    method: str = "GET"
    body: Any = None
    status: int = 200
    holds: Callable[[Any], bool] = field(default=bool)

    @property
    def times(self) -> int:
        """Return how often to ask: what writes, once."""
        return TIMES if self.method == "GET" else 1


@dataclass(frozen=True)
class Answer:
    """What a server answered, and the median time that it took."""

    status: int
    content: Any
    seconds: float

    def right(self, question: Question) -> bool:
        """Tell whether this is the status and content that the question expects."""
        return self.status == question.status and question.holds(self.content)


def ask(client: httpx.Client, question: Question) -> Answer:
    """Ask a server, as often as the question says."""
    seconds = []
    for _ in range(question.times):
        start = time.perf_counter()
        response = client.request(question.method, question.path, json=question.body)
        seconds.append(time.perf_counter() - start)
    return Answer(response.status_code, content(response), statistics.median(seconds))


def content(response: httpx.Response) -> Any:
    """Return what is in a response: JSON, lines of JSON, or else its text."""
    kind = response.headers.get("content-type", "").partition(";")[0]
    if kind == "application/json":
        return response.json()
    if kind == "application/x-ndjson":
        return [row for line in response.text.splitlines() for row in json.loads(line)]
    return response.text


def questions(cities: list[dict[str, Any]]) -> list[Question]:
    """Return the questions; `cities` are the records of those loaded, the largest first."""
    return [*reading(cities), *writing(cities), *failing()]


def reading(cities: list[dict[str, Any]]) -> list[Question]:
    """Return the questions that only read."""
    return [
        Question(
            "Search “san”",
            "/api/search?q=san",
            see_search,
            holds=lambda answer: answer["total"] >= len(answer["cities"]) > 0,
        ),
        Question("Search “東京”, an alternate name", "/api/search?q=東京&limit=3", see_search),
        Question("A country and its neighbours", "/api/countries/CH", see_country),
        Question("A city and its names", f"/api/cities/{cities[0]['geonameid']}", see_city),
        Question("The largest cities of each continent", "/api/ranking", see_ranking),
        Question(
            "The whole map, streamed",
            "/api/map",
            lambda rows: counted(len(rows)),
            holds=lambda rows: len(rows) == len(cities),
        ),
    ]


def writing(cities: list[dict[str, Any]]) -> list[Question]:
    """Return the questions that write in transactions; after the last all is as it was."""
    first, second, third, *_ = [city["geonameid"] for city in cities]
    return [
        Question(
            "Visit two cities",
            TRAVELLER,
            see_visit,
            method="POST",
            body=[first, second],
            status=201,
            holds=lambda answer: len(answer["announced"]) == len(answer["visits"]) == 2,
        ),
        Question(
            "Visit one again, one more: a savepoint is rolled back",
            TRAVELLER,
            see_visit,
            method="POST",
            body=[second, third],
            status=201,
            holds=lambda answer: len(answer["passed_over"]) == len(answer["announced"]) == 1,
        ),
        Question(
            "Visit a city, and one that is none: all is rolled back",
            "/api/travellers/bob/visits",
            see_error,
            method="POST",
            body=[first, NO_CITY],
            status=404,
        ),
        Question(
            "Nothing is left of that",
            "/api/travellers/bob/visits",
            see_diary,
            holds=lambda answer: answer["visits"] == [],
        ),
        Question(
            "The diary",
            TRAVELLER,
            see_diary,
            holds=lambda answer: [visit["visit_count"] for visit in answer["visits"]] == [1] * 3,
        ),
        Question(
            "Forget the visits",
            TRAVELLER,
            lambda answer: f"{answer['forgotten']} forgotten",
            method="DELETE",
            holds=lambda answer: answer["forgotten"] == 3,
        ),
        Question(
            "The city is as it was",
            f"/api/cities/{first}",
            lambda city: f"{city['name']}: {city['visit_count']} visits",
            holds=lambda city: city["visit_count"] == 0,
        ),
    ]


def failing() -> list[Question]:
    """Return the questions that have no answer."""
    return [
        Question("A country that is none", "/api/countries/ZZ", see_error, status=404),
        Question("A search for nothing", "/api/search?q=", see_refusal, status=400),
        Question("A limit that is none", "/api/search?q=a&limit=x", see_refusal, status=400),
    ]


def counted(cities: int) -> str:
    """Return a number of cities in words."""
    return f"{cities:,} {'city' if cities == 1 else 'cities'}"


def see_search(answer: Any) -> str:
    """Show how many cities were found, and the first of them."""
    names = [city["name"] for city in answer["cities"][:SHOWN]]
    more = ", …" if answer["total"] > len(names) else ""
    return f"{counted(answer['total'])}: {', '.join(names)}{more}"


def see_country(answer: Any) -> str:
    """Show a country's capital and neighbours."""
    neighbours = ", ".join(neighbour["name"] for neighbour in answer["neighbours"])
    cities = counted(answer["summary"]["cities"])
    return f"{answer['name']}, capital {answer['capital']}, {cities}, beside {neighbours}"


def see_city(answer: Any) -> str:
    """Show a city's country and some of its names."""
    names = answer["alternate_names"]
    return f"{answer['name']}, {answer['country']['name']}: {len(names)} more names"


def see_ranking(answer: Any) -> str:
    """Show the largest city of each continent."""
    return "\n".join(
        f"{continent['name']}: {continent['largest_cities'][0]['name']}"
        for continent in answer["continents"]
        if continent["largest_cities"]
    )


def see_visit(answer: Any) -> str:
    """Show what a transaction did."""
    announced, passed_over = ", ".join(answer["announced"]), ", ".join(answer["passed_over"])
    return f"on commit: {announced}" + (f"\nrolled back: {passed_over}" if passed_over else "")


def see_diary(answer: Any) -> str:
    """Show where a traveller has been."""
    return ", ".join(visit["city"] for visit in answer["visits"]) or "no visits"


def see_error(answer: Any) -> str:
    """Show an error."""
    return str(answer["error"])


def see_refusal(answer: Any) -> str:
    """Show what was wrong with a question."""
    return "; ".join(f"{name}: {errors[0]['message']}" for name, errors in answer["fields"].items())
