"""
Data put together at random: few rows, with the values on which object mappers stumble.

A seed always gives the same rows; so do the sizes of the tables, which are given apart, so that
Hypothesis can find the least data with which something goes wrong.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from tests.app import models
from tests.app.fields import CatalogueNumber

# How many rows of each table there may be, at most; in the order in which they are inserted.
SIZES = {
    "Genre": 4,
    "Label": 3,
    "Artist": 5,
    "Profile": 3,
    "Album": 6,
    "Track": 8,
    "Credit": 6,
    "Review": 4,
    "ChartEntry": 4,
    "Person": 5,
    "Customer": 4,
    "Employee": 3,
    "Tag": 6,
}

TEXTS = [
    "", " ", "a", "A", "ab", "b", "ß", "ss", "é", "e\u0301", "中", "Björk", "björk", "Ada", "𝄞",
    "🎸", "100%", "_", "\\", "'", '"', "%s", "Homogenic", "Morning", "x" * 90, "\u200b", "\t\n",
]  # fmt: skip
INTEGERS = [0, 1, -1, 2, 10, 280, 300, 2**31 - 1, -(2**31)]
YEARS = [0, 1990, 1990, 1996, 2024, 2**31 - 1, -(2**31)]
FLOATS = [None, 0.0, -0.0, 0.1, 8.5, 8.5, 1e300, -1e-300, 3.0]
PRICES = [Decimal(text) for text in ("0", "0.01", "15", "19.99", "19.99", "20", "999999.99")]
DATES = [None, *(dt.date(*parts) for parts in ((1000, 1, 1), (1959, 12, 31), (1960, 2, 29)))]
DATES += [dt.date(2024, 2, 29), dt.date(9999, 12, 31), dt.date(2024, 2, 29)]
TIMES = [
    None,
    dt.datetime(1970, 1, 1, tzinfo=dt.UTC),
    dt.datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=dt.UTC),
    # Around the hour that the time zone of the settings leaves out, and has twice.
    dt.datetime(2024, 3, 31, 1, 0, tzinfo=dt.UTC),
    dt.datetime(2024, 10, 27, 0, 30, tzinfo=dt.UTC),
    dt.datetime(2024, 10, 27, 1, 30, tzinfo=dt.UTC),
    dt.datetime(2037, 1, 1, 0, 0, 0, 1, tzinfo=dt.UTC),
]
LENGTHS = [None, dt.timedelta(0), dt.timedelta(minutes=40, microseconds=1), dt.timedelta(days=-1)]
NOTES = [None, {}, [], {"mono": True}, {"mono": None}, {"mono": {"a": [1, "é"]}}, "text", 1.5, True]
NUMBERS = [None, CatalogueNumber("ECM", 1064), CatalogueNumber("", 0)]
COVERS = [None, b"", b"\x00\xff'"]

Sizes = dict[str, int]
Rows = list[Any]


class Data:
    """The rows of all tables."""

    def __init__(self, seed: int, sizes: Sizes) -> None:
        self.random = Random(seed)
        self.sizes = sizes
        self.rows: dict[Any, Rows] = {}
        for name in SIZES:
            made = [self.row(name, number) for number in self.numbers(name)]
            model = getattr(models, name)
            self.rows[model] = [row for row in made if row is not None]
        self.link()

    def numbers(self, name: str) -> range:
        """Return the numbers of a table's rows; most primary keys are such numbers."""
        return range(1, self.sizes.get(name, 0) + 1)

    def row(self, name: str, number: int) -> Any:
        """Make a row, or None where it cannot be: what it has to point to is missing."""
        values: dict[str, Any] | None = getattr(self, name.lower())(number)
        return None if values is None else getattr(models, name)(**values)

    def any(self, values: Iterable[Any]) -> Any:
        return self.random.choice(list(values))

    def some_key(self, name: str, *, null: bool = True) -> int | None:
        """Return the key of some row of a table, None where there is none or may be none."""
        numbers = self.numbers(name)
        if not numbers or (null and self.random.random() < 0.3):
            return None
        return self.any(numbers)

    def genre(self, number: int) -> dict[str, Any]:
        parent = self.any([None, "pop"]) if number > 1 else None
        return {
            "code": ["pop", "jazz", "Ω", "a'b%"][number - 1],
            "name": self.any(TEXTS),
            "parent_id": parent,
        }

    def label(self, number: int) -> dict[str, Any]:
        owner = self.some_key("Label")
        return {
            "id": number,
            "code": ["ecm", "bertel", "%"][number - 1],
            "name": f"{number}{self.any(TEXTS)}",
            "owner_id": owner if owner is not None and owner < number else None,
            "country": self.any(["de", "is", ""]),
            "founded": self.any([None, 0, 1969]),
        }

    def artist(self, number: int) -> dict[str, Any]:
        label = self.some_key("Label")
        return {
            "id": number,
            "name": self.any(TEXTS),
            "sort_name": self.any(TEXTS),
            "born": self.any(DATES),
            "active": self.any([True, False, None]),
            "rating": self.any(FLOATS),
            "label_id": label and ["ecm", "bertel", "%"][label - 1],
        }

    def profile(self, number: int) -> dict[str, Any] | None:
        if number not in self.numbers("Artist"):
            return None
        return {"artist_id": number, "biography": self.any(TEXTS), "facts": self.any(NOTES[1:])}

    def album(self, number: int) -> dict[str, Any] | None:
        if (artist := self.some_key("Artist", null=False)) is None:
            return None
        return {
            "id": number,
            # Once for each artist.
            "title": f"{self.any(TEXTS)}{number}",
            "artist_id": artist,
            "producer_id": self.some_key("Artist"),
            "year": self.any(YEARS),
            "released": self.any(TIMES),
            "length": self.any(LENGTHS),
            "price": self.any(PRICES),
            "format": self.any(["lp", "ep", "cd"]),
            "number": self.any(NUMBERS),
            "barcode": uuid.UUID(int=number),
            "cover": self.any(COVERS),
            "notes": self.any(NOTES),
        }

    def track(self, number: int) -> dict[str, Any] | None:
        if (album := self.key_of("Album")) is None:
            return None
        return {
            "id": number,
            "album_id": album,
            "disc": self.any([1, 1, 2]),
            "position": number,
            "title": self.any(TEXTS),
            "seconds": self.any([None, *INTEGERS]),
        }

    def key_of(self, name: str, *, null: bool = False) -> Any:
        """Return the key of some row that has been made, or None."""
        made = self.rows[getattr(models, name)]
        if not made or (null and self.random.random() < 0.3):
            return None
        return self.any(made).pk

    def credit(self, number: int) -> dict[str, Any] | None:
        track, artist = self.key_of("Track"), self.key_of("Artist")
        if track is None or artist is None:
            return None
        fee = self.any([None, Decimal("0.001"), Decimal("9999999.999")])
        role = self.any(["vocals", "vocals", ""])
        return {"id": number, "track_id": track, "artist_id": artist, "role": role, "fee": fee}

    def review(self, number: int) -> dict[str, Any] | None:
        if (album := self.key_of("Album")) is None:
            return None
        return {
            "id": number,
            "album_id": album,
            "follows_id": number - 1 if number > 1 and self.random.random() < 0.5 else None,
            "stars": self.any([0, 1, 5, 5, -(2**15)]),
            "hidden": self.any([True, False]),
        }

    def chartentry(self, number: int) -> dict[str, Any] | None:
        if (album := self.key_of("Album")) is None:
            return None
        week = dt.date(2024, 2, 29) if number % 2 else dt.date(2024, 12, 30)
        points = self.any(INTEGERS)
        return {"week": week, "place": number, "album_id": album, "points": points}

    def person(self, number: int) -> dict[str, Any]:
        email = self.any([None, f"p{number}@example.com"])
        return {"id": number, "name": self.any(TEXTS), "email": email}

    def customer(self, number: int) -> dict[str, Any] | None:
        if number not in self.numbers("Person"):
            return None
        return {
            "person_ptr_id": number,
            "credit": self.any([Decimal(0), Decimal("5.01"), Decimal("99999999.99")]),
            "address": self.any([None, {"zip": None}, {"zip": "8000"}, []]),
            "favourite_id": self.key_of("Album", null=True),
        }

    def employee(self, number: int) -> dict[str, Any] | None:
        if number not in self.numbers("Person"):
            return None
        boss = self.random.randrange(number) or None
        return {"person_id": number, "boss_id": boss, "salary": self.any([0, 1, 2**31 - 1])}

    def tag(self, number: int) -> dict[str, Any] | None:
        return {
            "id": number,
            "name": self.any(["live", "classic", "a", ""]),
            "content_type_id": kinds()[self.any(["Artist", "Album"])],
            # Some lead to rows that are not there.
            "object_id": self.random.randint(1, 5),
        }

    def link(self) -> None:
        """Make the rows of the tables between."""
        for through, one, other in (
            (models.Album.genres.through, "album", "genre"),
            (models.Artist.influences.through, "from_artist", "to_artist"),
            (models.Artist.friends.through, "from_artist", "to_artist"),
        ):
            ends = [through._meta.get_field(name).related_model for name in (one, other)]
            pairs = [(a.pk, b.pk) for a in self.rows[ends[0]] for b in self.rows[ends[1]]]
            chosen = self.random.sample(pairs, min(len(pairs), self.random.randint(0, 6)))
            self.rows[through] = [
                through(**{"id": number, f"{one}_id": left, f"{other}_id": right})
                for number, (left, right) in enumerate(chosen, 1)
            ]


@cache
def kinds() -> dict[str, int]:
    """Return the keys of the content types."""
    get = ContentType.objects.get_for_model
    return {name: get(getattr(models, name)).pk for name in ("Artist", "Album")}


class Tables:
    """The tables of the default database, filled with other data again and again."""

    def __init__(self, empty: Callable[[], None]) -> None:
        self.key: Any = None
        self.filled: list[Any] = []
        empty()

    def fill(self, seed: int, sizes: Sizes) -> None:
        """Let the tables have these rows and no others."""
        if (seed, sizes) == self.key:
            return
        self.key = None
        data = Data(seed, sizes)
        with connection.constraint_checks_disabled(), transaction.atomic():
            with connection.cursor() as cursor:
                for model in reversed(self.filled):
                    cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")
            self.filled = [model for model, rows in data.rows.items() if rows]
            for model in self.filled:
                insert(model, data.rows[model])
        self.key = (seed, sizes)


def insert(model: Any, rows: Rows) -> None:
    """Insert rows; of a child table, only its own columns, since the parents have theirs."""
    fields = [field for field in model._meta.local_concrete_fields if not field.generated]
    model._base_manager._insert(rows, fields=fields, raw=True, using="default")
