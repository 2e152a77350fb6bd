"""Five hundred hostile strings: as values they come back as they are, as names they do nothing."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import F, JSONField, TextField, Value
from django.db.models.functions import Cast

import vinyl
from tests.app.models import Genre, Profile
from tests.app.stock import stock
from tests.app.written import Counter

pytestmark = pytest.mark.usefixtures("bank")

PIECES = [
    *(
        "\0",
        "'",
        '"',
        "`",
        "\\",
        "%",
        "%s",
        "%%",
        "%(name)s",
        "%b",
        "{}",
        "{0}",
        ";",
        "--",
        "/*",
        "*/",
    ),
    *("#", "$$", "$1", "?", ":name", "\n", "\r", "\t", "\x1a", "\x1b", "\x7f", "\u202e", "\u200b"),
    *(
        "\ufeff",
        "\uffff",
        "\U0001f4a9",
        "\u00e9",
        "e\u0301",
        "\ud800",
        "\udfff",
        "\\'",
        "''",
        "\\\\",
    ),
    *("__", "__class__", " OR 1=1", "UNION SELECT 1", "); DROP TABLE shop_counter; --", "0x27"),
    *(
        "' OR ''='",
        "\\'; DROP TABLE shop_counter; #",
        "\u2019",
        "\u02bc",
        "NULL",
        "a" * 300,
        "x" * 70_000,
    ),
]


def strings() -> list[str]:
    chance = random.Random(5)
    made = list(PIECES)
    while len(made) < 500:
        made.append("".join(chance.choices(PIECES[:-1], k=chance.randint(2, 5))))
    return made


HOSTILE = strings()


async def native(ask: Callable[[Any], Any]) -> Any:
    """Return what vinyl answers, or the class of its error."""
    try:
        return await ask(True)
    except Exception as exc:  # noqa: BLE001
        return type(exc)


def usual(ask: Callable[[Any], Any]) -> Any:
    """Return what stock Django answers, or the class of its error."""
    try:
        return stock(lambda: ask(False))
    except Exception as exc:  # noqa: BLE001
        return type(exc)


async def compared(ask: Callable[[str], Callable[[bool], Any]], hostile: list[str]) -> int:
    """Compare both answers for each string; return how many were answers, not errors."""
    answers = 0
    for text in hostile:
        got, expected = await native(ask(text)), usual(ask(text))
        assert got == expected, f"{text[:100]!r}: {got!r:.200} is not {expected!r:.200}"
        answers += not isinstance(got, type)
    assert await Counter.vinyl.count() == 20
    assert (await vinyl.connection.execute("SELECT 1")).rows[0][0] == 1
    return answers


async def test_values_come_back_as_they_are() -> None:
    def ask(text: str) -> Callable[[bool], Any]:
        value = Cast(Value(text), TextField()) if connection.vendor != "mysql" else Value(text)

        def run(is_native: bool) -> Any:
            manager = Genre.vinyl if is_native else Genre.objects
            rows = manager.annotate(text=value).filter(pk="pop").values_list("text", flat=True)
            return rows.get()

        return run

    async def check(text: str) -> Any:
        return await native(ask(text))

    assert await compared(ask, HOSTILE) > 200
    for text in HOSTILE:
        if isinstance(found := await check(text), str):
            assert found == text


async def test_values_are_compared_as_they_are() -> None:
    def ask(text: str) -> Callable[[bool], Any]:
        def run(is_native: bool) -> Any:
            manager = Genre.vinyl if is_native else Genre.objects
            return manager.filter(name__contains=text).exclude(name=text).count()

        return run

    assert await compared(ask, HOSTILE) > 200


async def test_raw_parameters_come_back_as_they_are() -> None:
    answered = 0
    for text in HOSTILE:

        def expected(text: str = text) -> Any:
            with connection.cursor() as cursor:
                cursor.execute("SELECT %s", [text])
                return cursor.fetchone()[0]

        async def got(_: bool, text: str = text) -> Any:
            return (await vinyl.connection.execute("SELECT %s", [text])).rows[0][0]

        found = await native(got)
        assert found == usual(lambda _, expected=expected: expected())
        if isinstance(found, str):
            assert found == text
            answered += 1
    assert answered > 200


NAMES: dict[str, Callable[[Any, str], Any]] = {
    "field": lambda manager, text: manager.filter(**{text: 1}).count(),
    "lookup": lambda manager, text: manager.filter(**{f"name__{text}": 1}).count(),
    "ordering": lambda manager, text: manager.order_by(text).first(),
    "alias": lambda manager, text: manager.alias(**{text: F("name")}).count(),
    "values": lambda manager, text: manager.values(text).first(),
    "annotation": lambda manager, text: manager.annotate(**{text: F("name")}).values(text).first(),
    "aggregate": lambda manager, text: manager.aggregate(**{text: F("name")}),
    "extra": lambda manager, text: manager.extra(select={text: "1"}).values(text).first(),
    "extra parameter": lambda manager, text: manager.extra(
        where=["name = %s"], params=[text]
    ).count(),
}


@pytest.mark.parametrize("place", NAMES)
async def test_names_do_nothing_that_they_do_not_do_in_django(place: str) -> None:
    # Their order decides nothing; a part of them for each place, with the plain pieces in all.
    hostile = HOSTILE[: len(PIECES)] + HOSTILE[len(PIECES) :: 4]

    def ask(text: str) -> Callable[[bool], Any]:
        def run(is_native: bool) -> Any:
            return NAMES[place](Genre.vinyl if is_native else Genre.objects, text)

        return run

    async def run(text: str) -> Any:
        async def awaited(_: bool) -> Any:
            return await ask(text)(True)

        return await native(awaited)

    for text in hostile:
        if place == "ordering" and text == "?":
            continue  # at random
        got, expected = await run(text), usual(ask(text))
        assert got == expected, f"{text[:100]!r}: {got!r:.200} is not {expected!r:.200}"
    assert await Counter.vinyl.count() == 20


async def test_json_keys_are_keys() -> None:
    def ask(text: str) -> Callable[[bool], Any]:
        def run(is_native: bool) -> Any:
            manager = Profile.vinyl if is_native else Profile.objects
            return manager.filter(**{f"facts__{text}": "x"}).count()

        return run

    assert isinstance(Profile._meta.get_field("facts"), JSONField)
    await compared(ask, HOSTILE[: len(PIECES)] + HOSTILE[len(PIECES) :: 4])
