"""The second write of a shape is bound to the statement of the first, and no less right."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, models
from django.db.models import F, Value
from django.db.models.functions import Upper

from tests._async.recording import recorded
from tests.app.models import Album, Artist, Order, Track
from tests.app.stock import stock

pytestmark = pytest.mark.usefixtures("db")


def stored(obj):
    """Return the row of an object as stock Django reads it."""
    model = type(obj)._meta.model
    return stock(lambda: model.objects.filter(pk=obj.pk).values().get())


async def inserted(**values):
    """Insert an artist of these values and return its row."""
    artist = Artist.vinyl(**values)
    await artist.insert()
    return stored(artist)


async def test_each_insert_has_its_own_values_and_key() -> None:
    rows = [await inserted(name=f"Artist {n}", born=dt.date(1980 + n, 1, 1)) for n in range(4)]
    assert [row["name"] for row in rows] == ["Artist 0", "Artist 1", "Artist 2", "Artist 3"]
    assert [row["born"].year for row in rows] == [1980, 1981, 1982, 1983]
    assert len({row["id"] for row in rows}) == 4


async def test_nulls_and_values_take_turns() -> None:
    days = [None, dt.date(2000, 1, 1), None, dt.date(2001, 1, 1)]
    assert [(await inserted(name="x", born=day))["born"] for day in days] == days
    artist = await Artist.vinyl.create(name="x")
    for day in days:
        await artist.update(born=day)
        assert stored(artist)["born"] == day


async def test_expressions_and_values_take_turns() -> None:
    for name, expected in (
        ("one", "one"),
        (Upper(Value("two")), "TWO"),
        ("three", "three"),
        (Upper(Value("four")), "FOUR"),
    ):
        assert (await inserted(name=name))["name"] == expected
    track = await Track.vinyl.get(pk=1)
    seconds = track.seconds
    for value, expected in (
        (seconds + 1, seconds + 1),
        (F("seconds") + 1, seconds + 2),
        (seconds + 3, seconds + 3),
    ):
        await track.update(seconds=value)
        assert stored(track)["seconds"] == expected


async def test_times_are_set_at_each_write() -> None:
    first, second = Order.vinyl(number=9001, customer_id=1), Order.vinyl(number=9002, customer_id=1)
    await first.insert()
    await second.insert()
    assert stored(first)["created"] == first.created
    assert stored(second)["created"] == second.created > first.created
    changed = first.changed
    await first.save()
    assert stored(first)["changed"] == first.changed > changed


async def test_each_update_hits_its_own_row() -> None:
    one, two = await Album.vinyl.order_by("pk")[:2]
    with recorded() as statements:
        await one.update(title="One")
        await two.update(title="Two")
    assert statements[0] == statements[1] or "One" in statements[0]
    assert (stored(one)["title"], stored(two)["title"]) == ("One", "Two")
    one.pk = two.pk
    await one.update(title="Both")
    assert stored(two)["title"] == "Both"


async def test_a_value_that_the_field_refuses_is_refused_each_time() -> None:
    album = await Album.vinyl.get(pk=1)
    await album.update(year=1999)
    for _ in range(2):
        with pytest.raises(ValueError, match="expected a number"):
            await album.update(year="a year")
    assert stored(album)["year"] == 1999


async def test_a_value_that_the_database_refuses_is_refused_each_time() -> None:
    for _ in range(2):
        with pytest.raises(IntegrityError):
            await Artist.vinyl(pk=1, name="Taken").insert()


async def test_a_field_is_asked_once_for_what_it_saves(monkeypatch) -> None:
    asked = []

    def pre_save(field, obj, add):
        asked.append(field.attname)
        return models.Field.pre_save(field, obj, add)

    monkeypatch.setattr(models.CharField, "pre_save", pre_save)
    for _ in range(2):
        asked.clear()
        await inserted(name="Once")
        assert asked.count("name") == 1
