"""Objects: writes are explicit, and do exactly what they say."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.db import IntegrityError
from django.db.models import F, ProtectedError, signals

import vinyl
from tests._async.recording import recorded
from tests.app.models import (
    Album,
    Artist,
    ChartEntry,
    Clip,
    Credit,
    Customer,
    Genre,
    Label,
    Order,
    OrderLine,
    Patron,
    Person,
    Playlist,
    Profile,
    Tag,
    Track,
)
from tests.app.stock import stock

pytestmark = pytest.mark.usefixtures("db")


def stored(model, **conditions):
    """Return what stock Django finds in the database: one row as a dictionary, or None."""
    return stock(lambda: model.objects.filter(**conditions).values().first())


def number_stored(model, **conditions):
    return stock(lambda: model.objects.filter(**conditions).count())


# insert


async def test_insert_writes_one_row_and_sets_the_key() -> None:
    artist = Artist.vinyl(name="New 🎸", born=dt.date(2000, 2, 29))
    assert artist.pk is None
    assert artist._state.adding
    with recorded() as statements:
        await artist.insert()
    assert len(statements) == 1
    assert statements[0].startswith("INSERT")
    assert not artist._state.adding
    assert artist._state.db == "default"
    assert stored(Artist, pk=artist.pk)["name"] == "New 🎸"


async def test_insert_is_always_an_insert() -> None:
    genre = Genre.vinyl(code="pop", name="Again")
    with recorded() as statements, pytest.raises(IntegrityError):
        await genre.insert()
    assert [statement.split()[0] for statement in statements] == ["INSERT"]
    assert stored(Genre, code="pop")["name"] == "Pop"


async def test_inserting_a_loaded_object_again_is_refused_by_the_database() -> None:
    genre = await Genre.vinyl.get(pk="pop")
    with pytest.raises(IntegrityError):
        await genre.insert()


async def test_create_makes_and_inserts() -> None:
    album = await Album.vinyl.create(
        title="New", artist_id=1, year=2024, price=Decimal("9.90"), barcode=uuid.UUID(int=1)
    )
    assert isinstance(album, Album)
    assert type(album) is Album.vinyl.model
    assert stored(Album, pk=album.pk)["barcode"] == uuid.UUID(int=1)


async def test_insert_takes_related_objects() -> None:
    artist = await Artist.vinyl.create(name="New")
    album = Album.vinyl(title="New", artist=artist, year=1, price=1)
    await album.insert()
    assert album.artist is artist
    assert stored(Album, pk=album.pk)["artist_id"] == artist.pk


async def test_insert_with_an_unsaved_related_object_is_refused() -> None:
    album = Album.vinyl(title="New", artist=Artist.vinyl(name="New"), year=1, price=1)
    with recorded() as statements, pytest.raises(ValueError, match="unsaved related object"):
        await album.insert()
    assert statements == []


async def test_a_key_given_later_to_the_related_object_is_used() -> None:
    artist = Artist.vinyl(name="New")
    album = Album.vinyl(title="New", artist=artist, year=1, price=1)
    await artist.insert()
    await album.insert()
    assert album.artist_id == artist.pk


async def test_insert_fills_generated_columns_and_database_defaults() -> None:
    line = await OrderLine.vinyl.create(order_id=1, album_id=4, quantity=7, unit_price=1)
    assert stored(OrderLine, pk=line.pk)["ten_fold"] == 70
    order = await Order.vinyl.create(
        number="new", customer_id=1, placed=dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    )
    assert stored(Order, pk=order.pk)["currency"] == "EUR"


async def test_a_default_that_the_database_computes_is_stored() -> None:
    before = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)
    order = await Order.vinyl.create(number="new", customer_id=1)
    assert before < stored(Order, pk=order.pk)["placed"] < before + dt.timedelta(minutes=10)


async def test_insert_stamps_the_time() -> None:
    before = dt.datetime.now(dt.UTC)
    order = await Order.vinyl.create(number="new", customer_id=1)
    assert before <= order.created <= order.changed <= dt.datetime.now(dt.UTC)
    assert stored(Order, pk=order.pk)["created"] == order.created


async def test_insert_of_a_grandchild_writes_all_its_tables() -> None:
    patron = Patron.vinyl(name="New", email="new@example.org", credit=3, level=7)
    with recorded() as statements:
        await patron.insert()
    assert len(statements) == 3
    assert stored(Person, pk=patron.pk)["email"] == "new@example.org"
    assert stored(Customer, pk=patron.pk)["credit"] == Decimal("3.00")
    assert stored(Patron, pk=patron.pk)["level"] == 7


async def test_an_insert_that_fails_half_way_leaves_nothing() -> None:
    patron = Patron.vinyl(name="Half", credit=1, level=None)
    with pytest.raises(IntegrityError):
        await patron.insert()
    assert number_stored(Person, name="Half") == 0


async def test_insert_keeps_the_order_of_siblings() -> None:
    clip = await Clip.vinyl.create(track_id=4, url="https://new.example")
    assert clip._order == 2
    first = await Clip.vinyl.create(track_id=12, url="https://new.example")
    assert first._order == 0


async def test_insert_takes_keys_of_every_kind() -> None:
    playlist = await Playlist.vinyl.create(title="New", owner_id=1)
    assert isinstance(playlist.pk, uuid.UUID)
    assert number_stored(Playlist, pk=playlist.pk) == 1
    profile = await Profile.vinyl.create(artist_id=2, facts={"a": None})
    assert profile.pk == 2
    entry = await ChartEntry.vinyl.create(week=dt.date(2000, 1, 3), place=1, album_id=1)
    assert entry.pk == (dt.date(2000, 1, 3), 1)


async def test_insert_goes_to_the_database_that_is_named() -> None:
    artist = await Artist.vinyl.using("other").create(name="There")
    assert artist._state.db == "other"
    assert stock(lambda: Artist.objects.using("other").filter(name="There").count()) == 1
    assert number_stored(Artist, name="There") == 0


async def test_the_users_insert_is_called() -> None:
    label = await Label.vinyl.create(code="new", name="  Padded  ")
    assert label.name == "Padded"
    assert stored(Label, pk=label.pk)["name"] == "Padded"


# update and save


async def test_update_writes_the_given_columns_only() -> None:
    album = await Album.vinyl.get(pk=1)
    stock(lambda: Album.objects.filter(pk=1).update(year=7))
    with recorded() as statements:
        await album.update(title="New", price=Decimal("5"))
    assert len(statements) == 1
    assert "year" not in statements[0]
    assert album.title == "New"
    row = stored(Album, pk=1)
    assert (row["title"], row["price"], row["year"]) == ("New", Decimal("5.00"), 7)


async def test_update_without_values_writes_the_loaded_fields() -> None:
    album = await Album.vinyl.only("title", "year").get(pk=1)
    album.title = "New"
    with recorded() as statements:
        await album.update()
    assert len(statements) == 1
    assert "price" not in statements[0]
    row = stored(Album, pk=1)
    assert (row["title"], row["price"]) == ("New", Decimal("19.99"))


async def test_update_takes_related_objects() -> None:
    album = await Album.vinyl.get(pk=1)
    artist = await Artist.vinyl.get(pk=2)
    await album.update(artist=artist)
    assert album["artist"] is artist
    assert stored(Album, pk=1)["artist_id"] == 2


async def test_update_takes_expressions() -> None:
    track = await Track.vinyl.get(pk=1)
    await track.update(seconds=F("seconds") + 1)
    assert stored(Track, pk=1)["seconds"] == 253


async def test_update_of_an_unknown_name_changes_nothing() -> None:
    album = await Album.vinyl.get(pk=1)
    with recorded() as statements, pytest.raises(ValueError, match="titel"):
        await album.update(title="New", titel="x")
    assert statements == []
    assert album.title == "Debut"


async def test_update_never_inserts() -> None:
    artist = Artist.vinyl(pk=4711, name="Nobody")
    with pytest.raises(Artist.vinyl.model.NotUpdated):
        await artist.update()
    assert number_stored(Artist, pk=4711) == 0


async def test_save_never_inserts() -> None:
    genre = Genre.vinyl(code="nothing", name="x")
    with recorded() as statements, pytest.raises(vinyl.NotUpdated):
        await genre.save()
    assert [statement.split()[0] for statement in statements] == ["UPDATE"]
    assert number_stored(Genre, code="nothing") == 0


async def test_an_update_of_a_row_that_is_gone_raises() -> None:
    tag = await Tag.vinyl.get(pk=1)
    stock(lambda: Tag.objects.filter(pk=1).delete())
    with pytest.raises(vinyl.NotUpdated):
        await tag.update(name="x")
    with pytest.raises(vinyl.NotUpdated):
        await tag.save(update_fields=["name"])


async def test_an_update_that_changes_nothing_is_no_error() -> None:
    genre = await Genre.vinyl.get(pk="pop")
    await genre.update(name="Pop")
    await genre.save()
    await genre.update()


async def test_save_writes_the_named_fields_only() -> None:
    album = await Album.vinyl.get(pk=1)
    album.title, album.year = "New", 7
    await album.save(update_fields=["title"])
    row = stored(Album, pk=1)
    assert (row["title"], row["year"]) == ("New", 1993)


async def test_save_writes_all_loaded_fields() -> None:
    album = await Album.vinyl.get(pk=1)
    album.title, album.year, album.length, album.notes = "New", 7, None, {"a": [None]}
    await album.save()
    row = stored(Album, pk=1)
    assert (row["title"], row["year"], row["length"]) == ("New", 7, None)
    assert row["notes"] == {"a": [None]}


async def test_save_of_no_fields_asks_nothing() -> None:
    album = await Album.vinyl.get(pk=1)
    with recorded() as statements:
        await album.save(update_fields=[])
    assert statements == []


async def test_save_of_a_grandchild_writes_all_its_tables() -> None:
    patron = await Patron.vinyl.get(pk=6)
    patron.name, patron.credit, patron.level = "New", Decimal("2"), 3
    await patron.save()
    assert stored(Person, pk=6)["name"] == "New"
    assert stored(Customer, pk=6)["credit"] == Decimal("2.00")
    assert stored(Patron, pk=6)["level"] == 3


async def test_update_of_a_grandchild_writes_the_tables_concerned() -> None:
    patron = await Patron.vinyl.get(pk=6)
    with recorded() as statements:
        await patron.update(level=3)
    assert len(statements) == 1
    with recorded() as statements:
        await patron.update(name="New")
    assert len(statements) == 1
    assert stored(Person, pk=6)["name"] == "New"


async def test_save_stamps_the_time() -> None:
    order = await Order.vinyl.get(pk=1)
    changed = order.changed
    await order.save()
    assert order.changed > changed
    assert stored(Order, pk=1)["changed"] == order.changed


async def test_writes_by_composite_key_hit_one_row() -> None:
    entry = await ChartEntry.vinyl.get(pk=(dt.date(1997, 9, 29), 2))
    await entry.update(points=7)
    assert stored(ChartEntry, place=2)["points"] == 7
    assert number_stored(ChartEntry, points=7) == 1
    await entry.delete()
    assert number_stored(ChartEntry) == 3


async def test_a_queryset_update_gives_the_number_of_rows() -> None:
    assert await Album.vinyl.filter(year=1993).update(title=F("format")) == 2
    assert await Album.vinyl.filter(pk=0).update(title="x") == 0
    # Rows that match count, also when they had the value already.
    assert await Album.vinyl.filter(year=1993).update(title=F("format")) == 2


# delete


async def test_delete_gives_the_counts_and_takes_the_key() -> None:
    clip = await Clip.vinyl.get(pk=1)
    assert await clip.delete() == (1, {"shop.Clip": 1})
    assert clip.pk is None
    assert number_stored(Clip, pk=1) == 0


async def test_delete_cascades() -> None:
    track = await Track.vinyl.get(pk=1)
    count, per_model = await track.delete()
    assert per_model == {"shop.PlaylistEntry": 2, "shop.Track": 1}
    assert count == 3
    assert number_stored(Track, pk=1) == 0


async def test_delete_sets_null() -> None:
    label = await Label.vinyl.get(pk=2)
    assert await label.delete() == (1, {"shop.Label": 1})
    assert stored(Artist, pk=1)["label_id"] is None
    assert stored(Label, pk=4)["owner_id"] is None


async def test_delete_takes_generic_relations_along() -> None:
    album = await Album.vinyl.get(pk=6)
    await OrderLine.vinyl.filter(album=6).delete()
    await Credit.vinyl.filter(track__album=6).delete()
    _, per_model = await album.delete()
    assert per_model["shop.Tag"] == 2
    assert number_stored(Tag, object_id=6) == 0


async def test_delete_of_what_is_protected_changes_nothing() -> None:
    artist = await Artist.vinyl.get(pk=1)
    with pytest.raises(ProtectedError):
        await artist.delete()
    assert artist.pk == 1
    assert number_stored(Album, artist=1) == 3


async def test_delete_of_a_grandchild_takes_all_its_tables() -> None:
    patron = await Patron.vinyl.get(pk=6)
    _, per_model = await patron.delete()
    assert per_model["shop.Patron"] == per_model["shop.Customer"] == per_model["shop.Person"] == 1
    assert number_stored(Person, pk=6) == 0
    assert number_stored(Order, customer=6) == 0


async def test_delete_can_leave_the_parents() -> None:
    patron = await Patron.vinyl.get(pk=7)
    await patron.delete(keep_parents=True)
    assert number_stored(Patron, pk=7) == 0
    assert number_stored(Customer, pk=7) == 1


async def test_a_queryset_delete_gives_the_counts() -> None:
    assert await Tag.vinyl.filter(name="icelandic").delete() == (2, {"shop.Tag": 2})
    assert await Tag.vinyl.filter(name="nothing").delete() == (0, {})
    assert await Genre.vinyl.filter(pk="electronic").delete() == (
        3,
        {"shop.Album_genres": 1, "shop.Genre": 2},
    )


async def test_delete_of_an_unsaved_object_is_refused() -> None:
    with pytest.raises(ValueError, match="can't be deleted because its id attribute is set to"):
        await Artist.vinyl(name="x").delete()


# refresh_from_db


async def test_refresh_reads_the_row_again() -> None:
    album = await Album.vinyl.get(pk=1)
    stock(lambda: Album.objects.filter(pk=1).update(title="New", length=None))
    with recorded() as statements:
        await album.refresh_from_db()
    assert len(statements) == 1
    assert (album.title, album.length) == ("New", None)


async def test_refresh_reads_the_named_fields_only() -> None:
    album = await Album.vinyl.get(pk=1)
    stock(lambda: Album.objects.filter(pk=1).update(title="New", year=7))
    await album.refresh_from_db(fields=["year"])
    assert (album.title, album.year) == ("Debut", 7)


async def test_refresh_loads_a_deferred_field() -> None:
    album = await Album.vinyl.only("title").get(pk=1)
    await album.refresh_from_db(fields=["year"])
    assert album.year == 1993


async def test_refresh_drops_a_loaded_relation() -> None:
    album = await Album.vinyl.select_related("artist").get(pk=1)
    stock(lambda: Album.objects.filter(pk=1).update(artist=2))
    await album.refresh_from_db()
    assert album.artist_id == 2
    with pytest.raises(vinyl.NotLoaded):
        album["artist"]


async def test_refresh_of_a_row_that_is_gone_raises() -> None:
    tag = await Tag.vinyl.get(pk=1)
    stock(lambda: Tag.objects.filter(pk=1).delete())
    with pytest.raises(Tag.DoesNotExist):
        await tag.refresh_from_db()


# signals


async def test_no_signals_are_sent() -> None:
    received = []

    def receiver(signal, **kwargs):
        received.append(signal)

    watched = [signals.pre_save, signals.post_save, signals.pre_delete, signals.post_delete]
    for signal in watched:
        signal.connect(receiver)
    try:
        genre = await Genre.vinyl.create(code="new", name="New")
        await genre.update(name="Newer")
        await genre.delete()
    finally:
        for signal in watched:
            signal.disconnect(receiver)
    assert received == []
