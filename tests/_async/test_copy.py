"""bulk_create() by COPY: the same rows as by INSERT, or an error."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, NotSupportedError, connection
from django.db.models import F, Value

import vinyl
from tests._async.recording import recorded
from tests.app.fields import CatalogueNumber
from tests.app.models import (
    Artist,
    Genre,
    Order,
    OrderLine,
    Profile,
    Songbook,
    Specimen,
)
from tests.app.stock import stock
from tests.differential.expressions.odd_values import VALUES

if connection.vendor != "postgresql":
    pytest.skip("this database is not PostgreSQL", allow_module_level=True)

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange, NumericRange

from tests.pgapp.models import Shelf

pytestmark = pytest.mark.usefixtures("db")
HOSTILE = [
    "tab\there",
    "line\nfeed\r\n",
    "back\\slash \\N \\. \\t",
    "",
    "'\"%s {},",
    "é𝄞🎸",
    "\x01\x7f",
]


def verbs(statements: list[str]) -> list[str]:
    return [sql.split()[0] for sql in statements if not sql.startswith(("SAVEPOINT", "RELEASE"))]


def specimens() -> list[dict[str, Any]]:
    """Return values of all types; the rows by rows."""
    zurich = dt.timezone(dt.timedelta(hours=2))
    full: dict[str, Any] = {
        "name": "full", "big": 2**63 - 1, "binary": b"\x00\xff\\n\t", "boolean": True,
        "char": HOSTILE[2], "choice": 2, "custom": CatalogueNumber("ECM", 7),
        "date": dt.date(2024, 2, 29), "datetime":
        dt.datetime(2024, 2, 29, 23, 30, 15, 123456, zurich),
        "decimal": Decimal("-1234567890.1234"), "decimal_long": Decimal("0.000000000000001"),
        "duration": dt.timedelta(days=-3, microseconds=7), "email": "a@example.org",
        "file": "files/a b.txt", "floating": 1e-300, "integer": -(2**31), "ip": "2001:db8::1",
        "ip4": "10.0.0.1", "json": {"a": [1, None, "\\\t\n🎸"]},
        "json_encoded": {"n": Decimal("1.1")},
        "positive": 2**31 - 1, "small": -32768, "text": "\n".join(HOSTILE),
        "time": dt.time(23, 59, 59, 9),
        "uuid": uuid.UUID(int=7), "renamed": "x",
    }  # fmt: skip
    return [full, {"name": "empty"}, *({"name": text, "text": text} for text in HOSTILE)]


async def test_copied_rows_are_those_that_an_insert_makes() -> None:
    copied = [Specimen.vinyl(**values, with_db_default=1) for values in specimens()]
    inserted = [Specimen.vinyl(**values, with_db_default=1) for values in specimens()]
    with recorded() as statements:
        await Specimen.vinyl.bulk_create(copied, copy=True)
    assert verbs(statements) == ["SELECT", "COPY"]
    await Specimen.vinyl.bulk_create(inserted)
    names = [f.attname for f in Specimen._meta.concrete_fields if f.attname != "id"]

    def rows(objs: list[Any]) -> list[Any]:
        found = stock(lambda: list(Specimen.objects.values_list("id", *names)))
        by_key = {key: values for key, *values in found}
        return [by_key[obj.pk] for obj in objs]

    assert rows(copied) == rows(inserted)
    assert len({obj.pk for obj in copied}) == len(copied)
    assert all(not obj._state.adding for obj in copied)


# A number for a duration is refused as a parameter only; as text, PostgreSQL takes it for seconds.
ODD = [each for each in VALUES if each[:2] != ("number", "duration")]


@pytest.mark.parametrize(
    ("name", "value"), [each[1:] for each in ODD], ids=[f"{name}-{title}" for title, name, _ in ODD]
)
async def test_an_odd_value_is_copied_as_it_is_inserted(name: str, value: Any) -> None:
    outcomes = []
    for copy in (False, True):
        objs = [Specimen.vinyl(name="odd", **{name: each}) for each in (value, None, value)]
        try:
            async with vinyl.atomic():
                await Specimen.vinyl.bulk_create(objs, copy=copy)
        except Exception as error:  # noqa: BLE001  the class of the error is the outcome
            outcomes.append(type(error))
        else:
            rows = Specimen.vinyl.filter(name="odd").order_by("pk").values_list(name)
            outcomes.append(list(await rows))
            await rows.model.vinyl.filter(name="odd").delete()
    inserted, copied = outcomes
    assert copied == inserted or (copied is NotSupportedError and is_expression(value))


def is_expression(value: Any) -> bool:
    return hasattr(value, "resolve_expression")


async def test_plain_columns_are_copied_in_binary() -> None:
    artists = [Artist.vinyl(name=text, born=dt.date(2000, 1, 1), rating=0.1) for text in HOSTILE]
    with recorded() as statements:
        await Artist.vinyl.bulk_create(artists, copy=True)
    assert "FORMAT BINARY" in statements[-1]
    found = stock(lambda: Artist.objects.in_bulk([artist.pk for artist in artists]))
    assert [found[artist.pk].name for artist in artists] == HOSTILE
    assert [(found[a.pk].born, found[a.pk].rating) for a in artists] == [
        (dt.date(2000, 1, 1), 0.1)
    ] * 7


@pytest.mark.parametrize("values", [
    {"text": "a\0b"}, {"integer": 2**40}, {"small": 2**20}, {"big": 2**70}, {"char": "x" * 300},
    {"decimal": Decimal("1e12")}, {"name": None},
], ids=str)  # fmt: skip
async def test_what_an_insert_refuses_copy_refuses_likewise(values: dict[str, Any]) -> None:
    before = stock(Specimen.objects.count)
    objs = [Specimen.vinyl(**({"name": "x"} | values), with_db_default=1) for _ in range(3)]
    with pytest.raises(DatabaseError) as inserting:
        await Specimen.vinyl.bulk_create(objs)
    with pytest.raises(DatabaseError) as copied:
        await Specimen.vinyl.bulk_create(objs, copy=True)
    assert type(copied.value) is type(inserting.value)
    assert stock(Specimen.objects.count) == before
    assert [(obj.pk, obj._state.adding) for obj in objs] == [(None, True)] * 3
    assert await Specimen.vinyl.count() == before


async def test_inherited_objects_are_copied_table_by_table() -> None:
    books = [Songbook.vinyl(title=f"b{n}", shelf=f"s{n}", seconds=n) for n in range(5)]
    with recorded() as statements:
        await Songbook.vinyl.bulk_create(books, copy=True)
    assert verbs(statements) == ["SELECT", "COPY", "COPY", "COPY", "SELECT", "COPY", "COPY"]
    found = stock(
        lambda: list(Songbook.objects.order_by("pk").values_list("title", "shelf", "seconds", "pk"))
    )
    assert found == [(book.title, book.shelf, book.seconds, book.pk) for book in books]


async def test_what_the_database_makes_of_copied_rows_is_not_loaded() -> None:
    lines = [OrderLine.vinyl(order_id=1, album_id=n, quantity=n, unit_price=1) for n in (3, 4)]
    await OrderLine.vinyl.bulk_create(lines, copy=True)
    with pytest.raises(vinyl.NotLoaded):
        str(lines[0].ten_fold)
    await lines[0].refresh_from_db(fields=["ten_fold"])
    assert lines[0].ten_fold == 30


async def test_columns_of_defaults_only_are_left_out_of_a_copy() -> None:
    orders = [Order.vinyl(number=f"n{n}", customer_id=1) for n in range(2)]
    await Order.vinyl.bulk_create(orders, copy=True)
    assert stock(
        lambda: set(Order.objects.filter(number__startswith="n").values_list("currency", flat=True))
    ) == {"EUR"}


async def test_an_expression_cannot_be_copied() -> None:
    genres = [Genre.vinyl(code="x", name="x"), Genre.vinyl(code="y", name=Value("y"))]
    with pytest.raises(NotSupportedError, match=r"shop\.Genre\.name"):
        await Genre.vinyl.bulk_create(genres, copy=True)
    orders = [Order.vinyl(number=f"n{n}", customer_id=1) for n in range(2)]
    orders[0].currency = "CHF"
    with pytest.raises(NotSupportedError, match=r"shop\.Order\.currency"):
        await Order.vinyl.bulk_create(orders, copy=True)
    with pytest.raises(NotSupportedError, match=r"shop\.Genre\.name"):
        await Genre.vinyl.bulk_create([Genre.vinyl(code="z", name=F("code"))], copy=True)


async def test_conflicts_cannot_be_copied() -> None:
    with pytest.raises(ValueError, match="conflicts"):
        await Genre.vinyl.bulk_create([Genre.vinyl()], ignore_conflicts=True, copy=True)


async def test_a_copy_that_fails_in_a_later_batch_leaves_nothing() -> None:
    before = stock(Genre.objects.count)
    genres = [Genre.vinyl(code=code, name="x") for code in ("n1", "n2", "pop")]
    with pytest.raises(IntegrityError):
        await Genre.vinyl.bulk_create(genres, batch_size=2, copy=True)
    assert stock(Genre.objects.count) == before
    assert await Genre.vinyl.count() == before


async def test_a_copy_takes_part_in_the_transaction_around() -> None:
    async with vinyl.atomic():
        await Genre.vinyl.bulk_create([Genre.vinyl(code="in", name="x")], copy=True)
        assert await Genre.vinyl.filter(pk="in").exists()
        assert stock(lambda: Genre.objects.filter(pk="in").exists()) is False
        vinyl.transaction.set_rollback(True)
    assert stock(lambda: Genre.objects.filter(pk="in").exists()) is False


async def test_a_hundred_thousand_rows_are_copied() -> None:
    await Genre.vinyl.bulk_create(
        (Genre.vinyl(code=f"g{n}", name="x") for n in range(100_000)), copy=True
    )
    assert stock(lambda: Genre.objects.filter(name="x").count()) == 100_000


async def test_copied_keys_that_are_a_relation_are_those_given() -> None:
    profiles = [Profile.vinyl(artist_id=n, facts={"n": n}) for n in (2, 4)]
    await Profile.vinyl.bulk_create(profiles, copy=True)
    assert stock(lambda: Profile.objects.get(pk=4).facts) == {"n": 4}


async def test_a_copy_is_seen_in_the_query_log() -> None:
    handle = vinyl.connections["default"]
    handle.force_debug_cursor = True
    try:
        await Genre.vinyl.bulk_create([Genre.vinyl(code="log", name="x")], copy=True)
        assert any(query["sql"].startswith("COPY") for query in handle.queries)
    finally:
        handle.force_debug_cursor = False


def shelves() -> list[Any]:
    opened = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    rows: list[dict[str, Any]] = [
        {
            "title": "full",
            "words": [*HOSTILE[:5], None],
            "grid": [[1, None], [2, 3]],
            "dates": [dt.date(2000, 1, 1), None],
            "labels": {"a": HOSTILE[2], "b": None},
            "nick": "Nick",
            "nicks": ["A", "b"],
            "years": NumericRange(1, 5, "[)"),
            "numbers": NumericRange(None, 7),
            "prices": NumericRange(Decimal("1.5"), Decimal("2.5"), "[]"),
            "opened": DateTimeTZRange(opened, None),
        },
        {"title": "empty", "years": NumericRange(empty=True), "words": []},
    ]
    return [Shelf.vinyl(**row) for row in rows]


async def test_arrays_ranges_and_hstores_are_copied() -> None:
    names = [field.attname for field in Shelf._meta.concrete_fields if field.attname != "id"]
    rows = Shelf.vinyl.order_by("title").values_list(*names)
    async with vinyl.atomic():
        copied = await Shelf.vinyl.bulk_create(shelves(), copy=True)
        found = list(await rows.filter(pk__in=[shelf.pk for shelf in copied]))
        inserted = await Shelf.vinyl.bulk_create(shelves())
        assert found == list(await rows.filter(pk__in=[shelf.pk for shelf in inserted]))
        vinyl.transaction.set_rollback(True)
