"""raw(): a query written by hand gives objects of the twin, asked for once."""

from __future__ import annotations

import copy
import pickle

import pytest
from django.core.exceptions import FieldDoesNotExist
from django.db import DatabaseError, connection
from django.db.models import F, Prefetch
from django.db.models.query import RawQuerySet

import vinyl
from tests._async.recording import recorded
from tests.app.models import Album, Artist, ChartEntry, Customer, Genre
from tests.app.stock import stock

GENRES = "SELECT * FROM shop_genre ORDER BY code"


async def test_raw_gives_objects_of_the_twins_class() -> None:
    genres = await Genre.vinyl.raw(GENRES)
    assert all(type(genre) is Genre.vinyl.model for genre in genres)
    assert [genre._state.db for genre in genres] == ["default"] * 6


async def test_making_a_raw_queryset_asks_nothing() -> None:
    with recorded() as statements:
        raw = Genre.vinyl.raw("nonsense %s", [1]).using("default").prefetch_related("parent")
    assert statements == []
    assert isinstance(raw, RawQuerySet)


async def test_a_raw_queryset_is_asked_once_and_keeps_its_rows() -> None:
    raw = Genre.vinyl.raw(GENRES)
    with recorded() as statements:
        first = list(await raw)
        again = [genre async for genre in raw]
    assert statements == [GENRES]
    assert [id(genre) for genre in first] == [id(genre) for genre in again]


async def test_an_evaluated_raw_queryset_is_a_sequence() -> None:
    raw = Genre.vinyl.raw(GENRES)
    rows = list(await raw.prefetch_related())
    assert list(await raw) == rows
    with recorded() as statements:
        assert len(raw) == 6
        assert bool(raw)
        assert raw[1] == rows[1]
        assert raw[1:3] == rows[1:3]
        assert raw[-1] == rows[-1]
        assert rows[0] in raw
        assert [genre.pk for genre in raw] == [genre.pk for genre in rows]
        assert raw.columns == ["code", "name", "parent_id"]
    assert statements == []


async def test_iterator_keeps_nothing() -> None:
    raw = Genre.vinyl.raw(GENRES)
    with recorded() as statements:
        one = [genre.pk async for genre in raw.iterator()]
        two = [genre.pk async for genre in raw.iterator()]
    assert one == two
    assert len(statements) == 2


SIZES = (1, 2, 6, 2000)
STREAMED = {
    "a select": ("SELECT * FROM shop_genre WHERE code <> %s ORDER BY code", ["pop"]),
    "percent signs": ("SELECT * FROM shop_genre WHERE name LIKE '%%a%%'", ["pop"][:0]),
    "names": ("SELECT * FROM shop_genre WHERE code <> %(code)s ORDER BY code", {"code": "pop"}),
    "a semicolon": ("SELECT * FROM shop_genre ORDER BY code;", ()),
    "annotated": ("SELECT code, name, 7 AS seven FROM shop_genre ORDER BY code", ()),
    "deferred": ("SELECT code FROM shop_genre ORDER BY code", ()),
    "with": ("WITH g AS (SELECT * FROM shop_genre) SELECT * FROM g ORDER BY code", ()),
    "a comment": ("/* first */ SELECT * FROM shop_genre ORDER BY code", ()),
    "no rows": ("SELECT * FROM shop_genre WHERE 1 = 0", ()),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", STREAMED)
async def test_iterator_gives_what_is_given_at_once(name: str, size: int) -> None:
    raw = Genre.vinyl.raw(*STREAMED[name])
    with recorded() as at_once:
        expected = [vars(genre) for genre in await raw]
    with recorded() as statements:
        found = [vars(genre) async for genre in raw.iterator(chunk_size=size)]
    for values in (*expected, *found):
        del values["_state"]
    assert found == expected
    assert statements == at_once


@pytest.mark.parametrize("size", SIZES)
async def test_relations_of_raw_objects_are_loaded_chunk_by_chunk(size: int) -> None:
    raw = Artist.vinyl.raw("SELECT * FROM shop_artist WHERE id < 7 ORDER BY id")
    with recorded() as statements:
        found = [
            (artist.pk, sorted(album.pk for album in artist["albums"]))
            async for artist in raw.prefetch_related("albums").iterator(chunk_size=size)
        ]
    assert len(statements) == 1 + -(-len(found) // size)
    expected = await Artist.vinyl.filter(pk__lt=7).order_by("pk").prefetch_related("albums")
    assert found == [
        (artist.pk, sorted(album.pk for album in artist["albums"])) for artist in expected
    ]


async def test_rows_that_a_statement_returns_from_writing_are_read_at_once(db: None) -> None:
    if not stock(lambda: connection.features.can_return_rows_from_bulk_insert):
        pytest.skip("MySQL cannot return rows from INSERT")
    sql = "INSERT INTO shop_genre (code, name) VALUES ('aaa', 'A'), ('aab', 'B') RETURNING *"
    found = [genre.name async for genre in Genre.vinyl.raw(sql).iterator(chunk_size=1)]
    assert found == ["A", "B"]
    assert await Genre.vinyl.count() == 8


async def test_a_raw_loop_that_is_left_early_leaves_nothing_behind() -> None:
    for _ in range(15):
        async for _genre in Genre.vinyl.raw(GENRES).iterator(chunk_size=1):
            break
    async with vinyl.atomic():
        async for _genre in Genre.vinyl.raw(GENRES).iterator(chunk_size=1):
            break
        assert await Genre.vinyl.count() == 6
    assert await Genre.vinyl.count() == 6


async def test_the_body_of_a_raw_loop_may_write(db: None) -> None:
    async for genre in Genre.vinyl.raw(GENRES).iterator(chunk_size=1):
        await genre.update(name=genre.pk)
    assert await Genre.vinyl.filter(name=F("code")).count() == 6


async def test_errors_come_before_the_first_of_the_raw_rows(db: None) -> None:
    for sql in ("SELECT name FROM shop_genre", "SELECT name FROM shop_genre WHERE 1 = 0"):
        with pytest.raises(FieldDoesNotExist, match="must include the primary key"):
            [genre async for genre in Genre.vinyl.raw(sql).iterator()]
    with pytest.raises(TypeError, match="makes objects of rows"):
        [g async for g in Genre.vinyl.raw("UPDATE shop_genre SET name = name").iterator()]
    with pytest.raises(DatabaseError):
        [genre async for genre in Genre.vinyl.raw("SELECT nothing FROM shop_genre").iterator()]
    with pytest.raises(ValueError, match="strictly positive"):
        Genre.vinyl.raw(GENRES).iterator(chunk_size=0)
    assert await Genre.vinyl.count() == 6


async def test_the_repr_shows_the_query_and_asks_nothing() -> None:
    with recorded() as statements:
        text = repr(Genre.vinyl.raw("SELECT %s", ["x"]))
    assert text == "<RawQuerySet: SELECT x>"
    assert statements == []


async def test_a_field_without_a_column_is_deferred() -> None:
    (album,) = await Album.vinyl.raw("SELECT id, title FROM shop_album WHERE id = 1")
    assert album.title == "Debut"
    assert "year" in album.get_deferred_fields()
    with pytest.raises(vinyl.NotLoaded, match="year is deferred"):
        album.year  # noqa: B018
    await album.refresh_from_db(fields=["year"])
    assert album.year == 1993


async def test_a_column_of_no_field_is_an_attribute() -> None:
    sql = "SELECT id, title, year + 1 AS later FROM shop_album WHERE id = 1"
    (album,) = await Album.vinyl.raw(sql)
    assert album.later == 1994


async def test_translations_lead_columns_to_fields() -> None:
    sql = "SELECT id, title AS called FROM shop_album WHERE id = 1"
    (album,) = await Album.vinyl.raw(sql, translations={"called": "title"})
    assert album.title == "Debut"
    assert not hasattr(album, "called")


async def test_a_composite_key_is_read() -> None:
    sql = "SELECT week, place, points FROM shop_chartentry"
    entries = await ChartEntry.vinyl.raw(sql)
    by_key = {entry.pk: entry.points for entry in entries}
    assert by_key == dict(await ChartEntry.vinyl.values_list("pk", "points"))


async def test_objects_of_raw_can_be_updated(db: None) -> None:
    (genre,) = await Genre.vinyl.raw("SELECT code, name FROM shop_genre WHERE code = 'pop'")
    await genre.update(name="Popular")
    assert (await Genre.vinyl.get(pk="pop")).name == "Popular"


async def test_relations_of_raw_objects_can_be_prefetched() -> None:
    raw = Artist.vinyl.raw("SELECT * FROM shop_artist WHERE id < 4 ORDER BY id")
    lookup = Prefetch("albums", Album.vinyl.filter(year=1993), to_attr="of_1993")
    with recorded() as statements:
        artists = list(await raw.prefetch_related("label", lookup, "albums__tracks"))
    assert len(statements) == 5
    assert [len(artist.of_1993) for artist in artists] == [1, 0, 0]
    assert all(artist["albums"] is not None for artist in artists)


async def test_prefetches_can_be_taken_back() -> None:
    raw = Artist.vinyl.prefetch_related("albums").raw("SELECT * FROM shop_artist")
    with recorded() as statements:
        assert len(list(await raw.prefetch_related(None))) > 3
    assert len(statements) == 1


async def test_another_database_is_asked_for_raw_objects() -> None:
    raw = Artist.vinyl.raw("SELECT * FROM shop_artist WHERE id = 901")
    assert list(await raw) == []
    (artist,) = await raw.using("other")
    assert artist._state.db == "other"
    assert raw.db == "default"


async def test_objects_of_a_relation_can_be_raw() -> None:
    artist = await Artist.vinyl.get(pk=1)
    assert len(list(await artist.albums.raw("SELECT * FROM shop_album"))) == 11


async def test_objects_of_child_tables_can_be_raw() -> None:
    joined = "SELECT * FROM shop_customer JOIN shop_person ON id = person_ptr_id WHERE id = 1"
    (customer,) = await Customer.vinyl.raw(joined)
    assert customer.name == (await Customer.vinyl.get(pk=1)).name


async def test_a_statement_without_rows_is_refused(db: None) -> None:
    with pytest.raises(TypeError, match="makes objects of rows"):
        list(await Genre.vinyl.raw("UPDATE shop_genre SET name = name"))


async def test_an_error_of_the_database_is_djangos() -> None:
    with pytest.raises(DatabaseError):
        list(await Genre.vinyl.raw("SELECT no_such_column FROM shop_genre"))
    assert len(list(await Genre.vinyl.raw(GENRES))) == 6


async def test_raw_querysets_survive_pickling() -> None:
    raw = Genre.vinyl.raw(GENRES)
    later = pickle.loads(pickle.dumps(raw))
    assert list(await later) == list(await raw)
    with recorded() as statements:
        evaluated = pickle.loads(pickle.dumps(raw))
        assert list(evaluated) == list(raw)
        assert list(copy.deepcopy(raw)) == list(raw)
    assert statements == []
    assert type(evaluated) is type(raw)
