# Generated from tests/_async/test_objects.py by `python tools/unasync_build.py`; never edit.
"""Objects: writes are explicit, and do exactly what they say."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.db import IntegrityError
from django.db.models import F, ProtectedError, signals

import vinyl
from tests._sync.recording import recorded
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


def test_insert_writes_one_row_and_sets_the_key() -> None:
    artist = Artist.vinyl(name="New 🎸", born=dt.date(2000, 2, 29))
    assert artist.pk is None
    assert artist._state.adding
    with recorded() as statements:
        artist.insert()
    assert len(statements) == 1
    assert statements[0].startswith("INSERT")
    assert not artist._state.adding
    assert artist._state.db == "default"
    assert stored(Artist, pk=artist.pk)["name"] == "New 🎸"


def test_insert_is_always_an_insert() -> None:
    genre = Genre.vinyl(code="pop", name="Again")
    with recorded() as statements, pytest.raises(IntegrityError):
        genre.insert()
    assert [statement.split()[0] for statement in statements] == ["INSERT"]
    assert stored(Genre, code="pop")["name"] == "Pop"


def test_inserting_a_loaded_object_again_is_refused_by_the_database() -> None:
    genre = Genre.vinyl.get(pk="pop")
    with pytest.raises(IntegrityError):
        genre.insert()


def test_create_makes_and_inserts() -> None:
    album = Album.vinyl.create(
        title="New", artist_id=1, year=2024, price=Decimal("9.90"), barcode=uuid.UUID(int=1)
    )
    assert isinstance(album, Album)
    assert type(album) is Album.vinyl.model
    assert stored(Album, pk=album.pk)["barcode"] == uuid.UUID(int=1)


def test_insert_takes_related_objects() -> None:
    artist = Artist.vinyl.create(name="New")
    album = Album.vinyl(title="New", artist=artist, year=1, price=1)
    album.insert()
    assert album.artist is artist
    assert stored(Album, pk=album.pk)["artist_id"] == artist.pk


def test_insert_with_an_unsaved_related_object_is_refused() -> None:
    album = Album.vinyl(title="New", artist=Artist.vinyl(name="New"), year=1, price=1)
    with recorded() as statements, pytest.raises(ValueError, match="unsaved related object"):
        album.insert()
    assert statements == []


def test_a_key_given_later_to_the_related_object_is_used() -> None:
    artist = Artist.vinyl(name="New")
    album = Album.vinyl(title="New", artist=artist, year=1, price=1)
    artist.insert()
    album.insert()
    assert album.artist_id == artist.pk


def test_insert_fills_generated_columns_and_database_defaults() -> None:
    line = OrderLine.vinyl.create(order_id=1, album_id=4, quantity=7, unit_price=1)
    assert stored(OrderLine, pk=line.pk)["ten_fold"] == 70
    order = Order.vinyl.create(
        number="new", customer_id=1, placed=dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    )
    assert stored(Order, pk=order.pk)["currency"] == "EUR"


def test_a_default_that_the_database_computes_is_stored() -> None:
    before = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)
    order = Order.vinyl.create(number="new", customer_id=1)
    assert before < stored(Order, pk=order.pk)["placed"] < before + dt.timedelta(minutes=10)


def test_insert_stamps_the_time() -> None:
    before = dt.datetime.now(dt.UTC)
    order = Order.vinyl.create(number="new", customer_id=1)
    assert before <= order.created <= order.changed <= dt.datetime.now(dt.UTC)
    assert stored(Order, pk=order.pk)["created"] == order.created


def test_insert_of_a_grandchild_writes_all_its_tables() -> None:
    patron = Patron.vinyl(name="New", email="new@example.org", credit=3, level=7)
    with recorded() as statements:
        patron.insert()
    assert len(statements) == 3
    assert stored(Person, pk=patron.pk)["email"] == "new@example.org"
    assert stored(Customer, pk=patron.pk)["credit"] == Decimal("3.00")
    assert stored(Patron, pk=patron.pk)["level"] == 7


def test_an_insert_that_fails_half_way_leaves_nothing() -> None:
    patron = Patron.vinyl(name="Half", credit=1, level=None)
    with pytest.raises(IntegrityError):
        patron.insert()
    assert number_stored(Person, name="Half") == 0


def test_insert_keeps_the_order_of_siblings() -> None:
    clip = Clip.vinyl.create(track_id=4, url="https://new.example")
    assert clip._order == 2
    first = Clip.vinyl.create(track_id=12, url="https://new.example")
    assert first._order == 0


def test_insert_takes_keys_of_every_kind() -> None:
    playlist = Playlist.vinyl.create(title="New", owner_id=1)
    assert isinstance(playlist.pk, uuid.UUID)
    assert number_stored(Playlist, pk=playlist.pk) == 1
    profile = Profile.vinyl.create(artist_id=2, facts={"a": None})
    assert profile.pk == 2
    entry = ChartEntry.vinyl.create(week=dt.date(2000, 1, 3), place=1, album_id=1)
    assert entry.pk == (dt.date(2000, 1, 3), 1)


def test_insert_goes_to_the_database_that_is_named() -> None:
    artist = Artist.vinyl.using("other").create(name="There")
    assert artist._state.db == "other"
    assert stock(lambda: Artist.objects.using("other").filter(name="There").count()) == 1
    assert number_stored(Artist, name="There") == 0


def test_the_users_insert_is_called() -> None:
    label = Label.vinyl.create(code="new", name="  Padded  ")
    assert label.name == "Padded"
    assert stored(Label, pk=label.pk)["name"] == "Padded"


# update and save


def test_update_writes_the_given_columns_only() -> None:
    album = Album.vinyl.get(pk=1)
    stock(lambda: Album.objects.filter(pk=1).update(year=7))
    with recorded() as statements:
        album.update(title="New", price=Decimal("5"))
    assert len(statements) == 1
    assert "year" not in statements[0]
    assert album.title == "New"
    row = stored(Album, pk=1)
    assert (row["title"], row["price"], row["year"]) == ("New", Decimal("5.00"), 7)


def test_update_without_values_writes_the_loaded_fields() -> None:
    album = Album.vinyl.only("title", "year").get(pk=1)
    album.title = "New"
    with recorded() as statements:
        album.update()
    assert len(statements) == 1
    assert "price" not in statements[0]
    row = stored(Album, pk=1)
    assert (row["title"], row["price"]) == ("New", Decimal("19.99"))


def test_update_takes_related_objects() -> None:
    album = Album.vinyl.get(pk=1)
    artist = Artist.vinyl.get(pk=2)
    album.update(artist=artist)
    assert album["artist"] is artist
    assert stored(Album, pk=1)["artist_id"] == 2


def test_update_takes_expressions() -> None:
    track = Track.vinyl.get(pk=1)
    track.update(seconds=F("seconds") + 1)
    assert stored(Track, pk=1)["seconds"] == 253


def test_update_of_an_unknown_name_changes_nothing() -> None:
    album = Album.vinyl.get(pk=1)
    with recorded() as statements, pytest.raises(ValueError, match="titel"):
        album.update(title="New", titel="x")
    assert statements == []
    assert album.title == "Debut"


def test_update_never_inserts() -> None:
    artist = Artist.vinyl(pk=4711, name="Nobody")
    with pytest.raises(Artist.vinyl.model.NotUpdated):
        artist.update()
    assert number_stored(Artist, pk=4711) == 0


def test_save_never_inserts() -> None:
    genre = Genre.vinyl(code="nothing", name="x")
    with recorded() as statements, pytest.raises(vinyl.NotUpdated):
        genre.save()
    assert [statement.split()[0] for statement in statements] == ["UPDATE"]
    assert number_stored(Genre, code="nothing") == 0


def test_an_update_of_a_row_that_is_gone_raises() -> None:
    tag = Tag.vinyl.get(pk=1)
    stock(lambda: Tag.objects.filter(pk=1).delete())
    with pytest.raises(vinyl.NotUpdated):
        tag.update(name="x")
    with pytest.raises(vinyl.NotUpdated):
        tag.save(update_fields=["name"])


def test_an_update_that_changes_nothing_is_no_error() -> None:
    genre = Genre.vinyl.get(pk="pop")
    genre.update(name="Pop")
    genre.save()
    genre.update()


def test_save_writes_the_named_fields_only() -> None:
    album = Album.vinyl.get(pk=1)
    album.title, album.year = "New", 7
    album.save(update_fields=["title"])
    row = stored(Album, pk=1)
    assert (row["title"], row["year"]) == ("New", 1993)


def test_save_writes_all_loaded_fields() -> None:
    album = Album.vinyl.get(pk=1)
    album.title, album.year, album.length, album.notes = "New", 7, None, {"a": [None]}
    album.save()
    row = stored(Album, pk=1)
    assert (row["title"], row["year"], row["length"]) == ("New", 7, None)
    assert row["notes"] == {"a": [None]}


def test_save_of_no_fields_asks_nothing() -> None:
    album = Album.vinyl.get(pk=1)
    with recorded() as statements:
        album.save(update_fields=[])
    assert statements == []


def test_save_of_a_grandchild_writes_all_its_tables() -> None:
    patron = Patron.vinyl.get(pk=6)
    patron.name, patron.credit, patron.level = "New", Decimal("2"), 3
    patron.save()
    assert stored(Person, pk=6)["name"] == "New"
    assert stored(Customer, pk=6)["credit"] == Decimal("2.00")
    assert stored(Patron, pk=6)["level"] == 3


def test_update_of_a_grandchild_writes_the_tables_concerned() -> None:
    patron = Patron.vinyl.get(pk=6)
    with recorded() as statements:
        patron.update(level=3)
    assert len(statements) == 1
    with recorded() as statements:
        patron.update(name="New")
    assert len(statements) == 1
    assert stored(Person, pk=6)["name"] == "New"


def test_save_stamps_the_time() -> None:
    order = Order.vinyl.get(pk=1)
    changed = order.changed
    order.save()
    assert order.changed > changed
    assert stored(Order, pk=1)["changed"] == order.changed


def test_writes_by_composite_key_hit_one_row() -> None:
    entry = ChartEntry.vinyl.get(pk=(dt.date(1997, 9, 29), 2))
    entry.update(points=7)
    assert stored(ChartEntry, place=2)["points"] == 7
    assert number_stored(ChartEntry, points=7) == 1
    entry.delete()
    assert number_stored(ChartEntry) == 3


def test_a_queryset_update_gives_the_number_of_rows() -> None:
    assert Album.vinyl.filter(year=1993).update(title=F("format")) == 2
    assert Album.vinyl.filter(pk=0).update(title="x") == 0
    # Rows that match count, also when they had the value already.
    assert Album.vinyl.filter(year=1993).update(title=F("format")) == 2


# delete


def test_delete_gives_the_counts_and_takes_the_key() -> None:
    clip = Clip.vinyl.get(pk=1)
    assert clip.delete() == (1, {"shop.Clip": 1})
    assert clip.pk is None
    assert number_stored(Clip, pk=1) == 0


def test_delete_cascades() -> None:
    track = Track.vinyl.get(pk=1)
    count, per_model = track.delete()
    assert per_model == {"shop.PlaylistEntry": 2, "shop.Track": 1}
    assert count == 3
    assert number_stored(Track, pk=1) == 0


def test_delete_sets_null() -> None:
    label = Label.vinyl.get(pk=2)
    assert label.delete() == (1, {"shop.Label": 1})
    assert stored(Artist, pk=1)["label_id"] is None
    assert stored(Label, pk=4)["owner_id"] is None


def test_delete_takes_generic_relations_along() -> None:
    album = Album.vinyl.get(pk=6)
    OrderLine.vinyl.filter(album=6).delete()
    Credit.vinyl.filter(track__album=6).delete()
    _, per_model = album.delete()
    assert per_model["shop.Tag"] == 2
    assert number_stored(Tag, object_id=6) == 0


def test_delete_of_what_is_protected_changes_nothing() -> None:
    artist = Artist.vinyl.get(pk=1)
    with pytest.raises(ProtectedError):
        artist.delete()
    assert artist.pk == 1
    assert number_stored(Album, artist=1) == 3


def test_delete_of_a_grandchild_takes_all_its_tables() -> None:
    patron = Patron.vinyl.get(pk=6)
    _, per_model = patron.delete()
    assert per_model["shop.Patron"] == per_model["shop.Customer"] == per_model["shop.Person"] == 1
    assert number_stored(Person, pk=6) == 0
    assert number_stored(Order, customer=6) == 0


def test_delete_can_leave_the_parents() -> None:
    patron = Patron.vinyl.get(pk=7)
    patron.delete(keep_parents=True)
    assert number_stored(Patron, pk=7) == 0
    assert number_stored(Customer, pk=7) == 1


def test_a_queryset_delete_gives_the_counts() -> None:
    assert Tag.vinyl.filter(name="icelandic").delete() == (2, {"shop.Tag": 2})
    assert Tag.vinyl.filter(name="nothing").delete() == (0, {})
    assert Genre.vinyl.filter(pk="electronic").delete() == (
        3,
        {"shop.Album_genres": 1, "shop.Genre": 2},
    )


def test_delete_of_an_unsaved_object_is_refused() -> None:
    with pytest.raises(ValueError, match="can't be deleted because its id attribute is set to"):
        Artist.vinyl(name="x").delete()


# refresh_from_db


def test_refresh_reads_the_row_again() -> None:
    album = Album.vinyl.get(pk=1)
    stock(lambda: Album.objects.filter(pk=1).update(title="New", length=None))
    with recorded() as statements:
        album.refresh_from_db()
    assert len(statements) == 1
    assert (album.title, album.length) == ("New", None)


def test_refresh_reads_the_named_fields_only() -> None:
    album = Album.vinyl.get(pk=1)
    stock(lambda: Album.objects.filter(pk=1).update(title="New", year=7))
    album.refresh_from_db(fields=["year"])
    assert (album.title, album.year) == ("Debut", 7)


def test_refresh_loads_a_deferred_field() -> None:
    album = Album.vinyl.only("title").get(pk=1)
    album.refresh_from_db(fields=["year"])
    assert album.year == 1993


def test_refresh_drops_a_loaded_relation() -> None:
    album = Album.vinyl.select_related("artist").get(pk=1)
    stock(lambda: Album.objects.filter(pk=1).update(artist=2))
    album.refresh_from_db()
    assert album.artist_id == 2
    with pytest.raises(vinyl.NotLoaded):
        album["artist"]


def test_refresh_of_a_row_that_is_gone_raises() -> None:
    tag = Tag.vinyl.get(pk=1)
    stock(lambda: Tag.objects.filter(pk=1).delete())
    with pytest.raises(Tag.DoesNotExist):
        tag.refresh_from_db()


# signals


def test_no_signals_are_sent() -> None:
    received = []

    def receiver(signal, **kwargs):
        received.append(signal)

    watched = [signals.pre_save, signals.post_save, signals.pre_delete, signals.post_delete]
    for signal in watched:
        signal.connect(receiver)
    try:
        genre = Genre.vinyl.create(code="new", name="New")
        genre.update(name="Newer")
        genre.delete()
    finally:
        for signal in watched:
            signal.disconnect(receiver)
    assert received == []
