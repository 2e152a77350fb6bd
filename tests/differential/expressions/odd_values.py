"""Values that nobody should write, but somebody does, by each way of writing."""

# ruff: noqa: N803  a parameter is named like the model whose manager it gets

from __future__ import annotations

import datetime as dt
import enum
import ipaddress
import uuid
import zoneinfo
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import F, Value
from django.db.models.functions import Lower
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from tests.app.fields import CatalogueNumber
from tests.app.models import Mood
from tests.differential.normal import normal_error
from tests.differential.table import Case, case

ZURICH = zoneinfo.ZoneInfo("Europe/Zurich")


class Word(str):
    """A text of a class of its own."""


class Count(int):
    """A number that prints as something else."""

    def __str__(self) -> str:
        return "many"


class Colour(enum.StrEnum):
    RED = "red"


class Level(enum.Enum):
    LOW = 1


class Moment(dt.datetime):
    """A time of a class of its own, as other packages have them."""


class Day(dt.date):
    """A date of a class of its own."""


def created(Specimen: Any, do: Any, name: str, value: Any) -> Any:
    """create()"""
    made = yield Specimen.create(name="created", **{name: value})
    return made.pk is not None


def inserted_again(Specimen: Any, do: Any, name: str, value: Any) -> Any:
    """Insert after others: the statement is known by then."""
    for each in (None, value):
        yield do.insert(Specimen.model(name="again", **{name: each}))


def created_in_bulk(Specimen: Any, do: Any, name: str, value: Any) -> Any:
    """bulk_create(), between values of another type"""
    values = (None, value, None, value)
    yield Specimen.bulk_create([Specimen.model(name="bulk", **{name: each}) for each in values])


def created_alike(Specimen: Any, do: Any, name: str, value: Any) -> Any:
    """bulk_create(), all of one type"""
    yield Specimen.bulk_create([Specimen.model(name="alike", **{name: value}) for _ in range(3)])


def saved(Specimen: Any, do: Any, name: str, value: Any) -> Any:
    """save() of one column"""
    yield do.update(Specimen.model(pk=1, name="saved"), **{name: value})


def updated(Specimen: Any, do: Any, name: str, value: Any) -> Any:
    """update()"""
    return (yield Specimen.filter(pk=3).update(**{name: value}))


def updated_in_bulk(Specimen: Any, do: Any, name: str, value: Any) -> Any:
    """bulk_update()"""
    objs = [Specimen.model(pk=1, **{name: value}), Specimen.model(pk=2, **{name: None})]
    return (yield Specimen.bulk_update(objs, [name]))


def filtered(Specimen: Any, do: Any, name: str, value: Any) -> Any:
    """filter() and get()"""
    return (yield Specimen.filter(**{name: value}).order_by("pk").values_list("pk", flat=True))


def read(Specimen: Any, do: Any, name: str, value: Any) -> Any:
    """What is there then."""
    return (yield Specimen.order_by("name", "pk").values_list("name", name))


WAYS = (
    created,
    inserted_again,
    created_in_bulk,
    created_alike,
    saved,
    updated,
    updated_in_bulk,
    filtered,
    read,
)


def odd(title: str, name: str, value: Any) -> Case:
    """Make the expression that writes a value in all ways, and reads what is there then."""

    def build(Specimen: Any, do: Any) -> Any:
        found = []
        for way in WAYS:
            try:
                found.append((yield from way(Specimen, do, name, value)))
            except Exception as error:  # noqa: BLE001  the error is the outcome
                found.append(normal_error(error))
        return found

    return case(f"odd_{name}_{title}", build)


# What each is called, the column, and the value.
VALUES: list[tuple[str, str, Any]] = [
    ("true", "integer", True),
    ("text", "integer", "12"),
    ("no_number", "integer", "twelve"),
    ("fraction", "integer", 1.5),
    ("own_class", "integer", Count(3)),
    ("choice", "integer", Mood.LOUD),
    ("lazy", "integer", SimpleLazyObject(lambda: 4)),
    ("bytes", "integer", b"5"),
    ("larger", "big", 2**64),
    ("not_a_number", "integer", float("nan")),
    ("f", "integer", F("small")),
    ("value_of_none", "integer", Value(None)),
    ("own_class", "char", Word("wörd")),
    ("safe", "char", mark_safe("<b>")),
    ("lazy", "char", gettext_lazy("Monday")),
    ("number", "char", 12),
    ("enumeration", "char", Colour.RED),
    ("list", "char", ["a", 1]),
    ("nul", "char", "a\0b"),
    ("lower", "char", Lower(Value("ABC"))),
    ("percent", "char", "100%s %(a)s %%"),
    ("text", "boolean", "True"),
    ("number", "boolean", 1),
    ("other_number", "boolean", 2),
    ("float", "decimal", 1.1),
    ("text", "decimal", "7.50"),
    ("fine", "decimal", Decimal("1.23456789")),
    ("not_a_number", "decimal", Decimal("NaN")),
    ("large", "decimal", Decimal("1e20")),
    ("fraction", "decimal", Fraction(1, 3)),
    ("text", "floating", "1.5"),
    ("decimal", "floating", Decimal("0.1")),
    ("infinite", "floating", float("-inf")),
    ("text", "date", "2024-02-29"),
    ("datetime", "date", dt.datetime(2024, 2, 29, 23, 30, tzinfo=dt.UTC)),
    ("own_class", "date", Day(2024, 2, 29)),
    ("text", "datetime", "2024-02-29T12:00:00+05:00"),
    ("zone", "datetime", dt.datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=ZURICH)),
    ("mixed_zone", "datetime", dt.datetime(2024, 7, 1, tzinfo=ZURICH)),
    ("naive", "datetime", dt.datetime(2024, 7, 1)),  # noqa: DTZ001
    ("early", "datetime", dt.datetime(1, 1, 1, tzinfo=dt.UTC)),
    ("text", "time", "12:30"),
    ("aware", "time", dt.time(12, 30, tzinfo=dt.UTC)),
    ("number", "duration", 5),
    ("large", "duration", dt.timedelta.max),
    ("bytearray", "binary", bytearray(b"\x00a%s")),
    ("memory", "binary", memoryview(b"\x00a%s")),
    ("text", "uuid", "12345678123456781234567812345678"),
    ("no_uuid", "uuid", "x"),
    ("object", "ip", ipaddress.IPv6Address("2001:db8::5")),
    ("not_cleaned", "ip", " 2001:DB8:0::5 "),
    ("tuple", "json", (1, "a", None)),
    ("keys", "json", {1: "a", None: 2, False: 3}),
    ("large", "json", {"n": 10**400}),
    ("not_a_number", "json", float("nan")),
    ("set", "json", {1}),
    ("lazy", "json", gettext_lazy("Monday")),
    ("half_a_character", "json", {"a": "\ud800"}),
    ("percent", "json", {"%s": "%(a)s"}),
    ("date", "json_encoded", {"d": dt.date(2024, 1, 1), "u": uuid.UUID(int=1)}),
    ("text", "custom", "WARP 9"),
    ("object", "custom", CatalogueNumber("A", -1)),
    ("text", "choice", "2"),
    ("key_expression", "text", Lower("name")),
]

CASES = [odd(*each) for each in VALUES]
