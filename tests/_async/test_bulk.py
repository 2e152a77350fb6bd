"""Many objects at once: what vinyl adds to Django's bulk methods, and what it keeps."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import IntegrityError, NotSupportedError, connection
from django.test import override_settings

import vinyl
from tests._async.recording import recorded
from tests.app.models import (
    Album,
    Artist,
    Clip,
    Customer,
    Employee,
    GenerousPatron,
    Genre,
    Patron,
    Person,
    Playlist,
    Recorded,
    Songbook,
    Specimen,
    Stored,
    Tag,
    Track,
    Work,
)
from tests.app.stock import stock

pytestmark = pytest.mark.usefixtures("db")


def gives_rows() -> bool:
    return stock(lambda: bool(connection.features.can_return_rows_from_bulk_insert))


def verbs(statements: list[str]) -> list[str]:
    return [sql.split()[0] for sql in statements if not sql.startswith(("SAVEPOINT", "RELEASE"))]


# --- bulk_update --------------------------------------------------------------------------------


async def test_objects_are_updated_by_one_statement() -> None:
    tracks = await Track.vinyl.order_by("pk")
    for track in tracks:
        track.title = f"No. {track.pk}"
    with recorded() as statements:
        assert await Track.vinyl.bulk_update(tracks, ["title"]) == len(tracks)
    assert verbs(statements) == ["UPDATE"]
    titles = stock(lambda: dict(Track.objects.values_list("pk", "title")))
    assert titles == {track.pk: track.title for track in tracks}


async def test_columns_of_a_second_parent_are_updated_by_its_own_keys() -> None:
    stock(lambda: [Stored.objects.create(shelf="before") for _ in range(3)])
    books = [Songbook.vinyl(title=str(n), shelf="a", seconds=n) for n in range(3)]
    await Songbook.vinyl.bulk_create(books)
    assert all(book.pk != book.stored for book in books)
    for n, book in enumerate(books):
        book.shelf, book.title, book.seconds, book.price = f"s{n}", f"t{n}", n + 7, Decimal(n)
    assert await Songbook.vinyl.bulk_update(books, ["shelf", "title", "seconds", "price"]) == 3
    found = stock(
        lambda: list(
            Songbook.objects.order_by("pk").values_list("shelf", "title", "seconds", "price")
        )
    )
    assert found == [(f"s{n}", f"t{n}", n + 7, Decimal(n)) for n in range(3)]
    assert stock(lambda: Stored.objects.filter(shelf="before").count()) == 3


async def test_a_bulk_update_that_fails_in_a_later_batch_changes_nothing() -> None:
    genres = [Genre.vinyl(code="pop", name="new"), Genre.vinyl(code="jazz", name=None)]
    with pytest.raises(IntegrityError):
        await Genre.vinyl.bulk_update(genres, ["name"], batch_size=1)
    assert stock(lambda: Genre.objects.filter(name="new").exists()) is False


async def test_a_failed_bulk_update_spoils_the_transaction_around() -> None:
    async with vinyl.atomic():
        with pytest.raises(IntegrityError):
            await Genre.vinyl.bulk_update([Genre.vinyl(code="pop", name=None)], ["name"])
        assert vinyl.transaction.get_rollback() is True


# --- bulk_create --------------------------------------------------------------------------------


async def test_more_rows_than_a_statement_takes_are_inserted() -> None:
    before = stock(Genre.objects.count)
    await Genre.vinyl.bulk_create(Genre.vinyl(code=f"g{n}", name=f"{n}") for n in range(40_000))
    assert stock(Genre.objects.count) == before + 40_000
    some = stock(lambda: Genre.objects.get(pk="g39999").name)
    assert some == "39999"


async def test_the_keys_belong_to_their_objects() -> None:
    artists = [Artist.vinyl(name=f"a{n}") for n in range(5_000)]
    await Artist.vinyl.bulk_create(artists, batch_size=777)
    if not gives_rows():
        return
    names = stock(
        lambda: dict(Artist.objects.filter(name__startswith="a").values_list("pk", "name"))
    )
    assert all(names[artist.pk] == artist.name for artist in artists)


async def test_objects_of_the_stock_class_are_inserted_as_they_are() -> None:
    mixed = [Genre(code="s", name="stock"), Genre.vinyl(code="v", name="vinyl")]
    assert await Genre.vinyl.bulk_create(mixed) == mixed
    assert [(genre._state.adding, genre._state.db) for genre in mixed] == [(False, "default")] * 2


async def test_one_object_given_twice_is_refused_by_the_database() -> None:
    genre = Genre.vinyl(code="twice", name="x")
    with pytest.raises(IntegrityError):
        await Genre.vinyl.bulk_create([genre, genre])
    assert genre._state.adding is True


async def test_a_file_is_stored_once() -> None:
    memory = {"default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    with override_settings(STORAGES=memory):
        objs = [Specimen.vinyl(name=f"{n}") for n in range(4)]
        for obj in objs:
            obj.file = ContentFile(b"data", name="x.txt")
        await Specimen.vinyl.bulk_create(objs)
        names = storages["default"].listdir("files")[1]
    stored = stock(
        lambda: set(
            Specimen.objects.filter(file__startswith="files/x").values_list("file", flat=True)
        )
    )
    assert stored == {f"files/{name}" for name in names}
    assert len(stored) == 4


async def test_a_generic_relation_is_assigned_before_its_type_is_known() -> None:
    album = await Album.vinyl.get(pk=1)
    ContentType.objects.clear_cache()
    tags = [Tag.vinyl(name=f"t{n}", target=album) for n in range(3)]
    await Tag.vinyl.bulk_create(tags)
    kind = stock(lambda: ContentType.objects.get_for_model(Album).pk)
    assert (
        stock(
            lambda: Tag.objects.filter(content_type=kind, object_id=1, name__startswith="t").count()
        )
        == 3
    )


async def test_objects_of_the_first_insert_are_new_again_when_the_second_one_fails() -> None:
    values = {"artist_id": 1, "year": 1, "price": Decimal(1)}
    albums = [
        Album.vinyl(pk=500, title="With a key", barcode=UUID(int=1), **values),
        Album.vinyl(title="Without one", barcode=UUID(int=2), **values),
        Album.vinyl(title="Twice", barcode=UUID(int=1), **values),
    ]
    with pytest.raises(IntegrityError):
        await Album.vinyl.bulk_create(albums)
    states = [(album.pk, album._state.adding, album._state.db) for album in albums]
    assert states == [(500, True, None), (None, True, None), (None, True, None)]
    albums[2].barcode = UUID(int=3)
    await Album.vinyl.bulk_create(albums)
    assert stock(lambda: Album.objects.filter(year=1).count()) == 3


async def test_a_bulk_create_that_fails_leaves_client_made_state_as_it_was() -> None:
    lists = [Playlist.vinyl(title="x", owner_id=1), Playlist.vinyl(title=None, owner_id=1)]
    lists[0].id = None
    with pytest.raises(IntegrityError):
        await Playlist.vinyl.bulk_create(lists, batch_size=1)
    assert lists[0].id is None
    assert stock(lambda: Playlist.objects.filter(title="x").exists()) is False


async def test_objects_get_places_in_the_order_of_their_groups() -> None:
    clips = [Clip.vinyl(track_id=track, url=f"{n}") for n, track in enumerate([4, 9, 4, 9])]
    await Clip.vinyl.bulk_create(clips)
    assert [clip._order for clip in clips] == [2, 0, 3, 1]


async def test_objects_of_very_many_groups_get_places() -> None:
    tracks = [
        Track.vinyl(album_id=7, position=n, disc=9, title="x", pk=10_000 + n) for n in range(1_200)
    ]
    await Track.vinyl.bulk_create(tracks)
    clips = [Clip.vinyl(track_id=track.pk, url="x") for track in tracks for _ in range(2)]
    await Clip.vinyl.bulk_create(clips)
    assert [clip._order for clip in clips] == [0, 1] * 1_200


# --- inherited models ---------------------------------------------------------------------------


async def test_inherited_objects_take_one_statement_a_table() -> None:
    patrons = [Patron.vinyl(name=f"p{n}", credit=n, level=n) for n in range(4)]
    with recorded() as statements:
        await Patron.vinyl.bulk_create(patrons)
    if gives_rows():
        assert verbs(statements) == ["INSERT"] * 3
    assert all(p.id == p.person_ptr_id == p.customer_ptr_id == p.pk for p in patrons)
    assert all(p._state.adding is False for p in patrons)
    found = stock(
        lambda: list(
            Patron.objects.filter(pk__in=[p.pk for p in patrons])
            .order_by("pk")
            .values_list("pk", "name", "credit", "level")
        )
    )
    assert found == [(p.pk, p.name, Decimal(p.level), p.level) for p in patrons]


async def test_inherited_objects_are_inserted_with_keys_and_without() -> None:
    people = [
        Employee.vinyl(pk=501, name="a", salary=1),
        Employee.vinyl(name="b", salary=2),
        Employee.vinyl(id=502, name="c", salary=3),
    ]
    await Employee.vinyl.bulk_create(people, batch_size=2)
    assert [people[0].id, people[2].person_id] == [501, 502]
    names = stock(
        lambda: {e.pk: (e.name, e.salary) for e in Employee.objects.filter(name__in="abc")}
    )
    assert names == {person.pk: (person.name, person.salary) for person in people}


async def test_a_proxy_of_an_inherited_model_is_inserted() -> None:
    patrons = await GenerousPatron.vinyl.bulk_create([GenerousPatron.vinyl(name=n) for n in "ab"])
    assert stock(lambda: Patron.objects.filter(pk__in=[p.pk for p in patrons]).count()) == 2


async def test_a_diamond_of_parents_shares_one_row_at_its_top() -> None:
    before = stock(Work.objects.count)
    books = [Songbook.vinyl(title=f"b{n}", shelf=f"s{n}", pages=n, seconds=n) for n in range(3)]
    with recorded() as statements:
        await Songbook.vinyl.bulk_create(books)
    if gives_rows():
        assert verbs(statements) == ["INSERT"] * 5
    assert stock(Work.objects.count) == before + 3
    assert [book.title_upper for book in books] == ["B0", "B1", "B2"]
    found = stock(
        lambda: list(
            Songbook.objects.order_by("pk").values_list(
                "title", "shelf", "pages", "seconds", "stored"
            )
        )
    )
    assert found == [(f"b{n}", f"s{n}", n, n, books[n].stored) for n in range(3)]


async def test_inherited_defaults_of_the_database_are_read_back() -> None:
    recorded_works = [Recorded.vinyl(title=f"{n}") for n in range(3)]
    await Recorded.vinyl.bulk_create(recorded_works)
    assert [work.seconds for work in recorded_works] == [60, 60, 60]


async def test_inherited_objects_of_a_failed_bulk_create_are_as_they_were() -> None:
    before = stock(Person.objects.count)
    customers = [Customer.vinyl(name="a", credit=1), Customer.vinyl(name="b", credit=None)]
    with pytest.raises(IntegrityError):
        await Customer.vinyl.bulk_create(customers)
    assert [(c.pk, c.id, c._state.adding) for c in customers] == [(None, None, True)] * 2
    assert stock(Person.objects.count) == before


@pytest.mark.parametrize("options", [
    {"ignore_conflicts": True},
    {"update_conflicts": True, "update_fields": ["name"], "unique_fields": ["email"]},
], ids=["ignore", "update"])  # fmt: skip
async def test_conflicts_of_inherited_objects_are_refused(options: dict[str, Any]) -> None:
    if connection.vendor == "mysql":
        options = {name: value for name, value in options.items() if name != "unique_fields"}
    with recorded() as statements, pytest.raises(ValueError, match="multi-table inherited model"):
        await Customer.vinyl.bulk_create([Customer.vinyl(name="x")], **options)
    assert statements == []


@pytest.mark.skipif(connection.vendor == "postgresql", reason="PostgreSQL has COPY")
async def test_copy_is_refused_where_there_is_none() -> None:
    with pytest.raises(NotSupportedError, match="COPY"):
        await Genre.vinyl.bulk_create([Genre.vinyl(code="x", name="x")], copy=True)
