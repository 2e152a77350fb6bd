"""iterator(): the rows that stock Django's gives, one after the other, and none kept."""

# ruff: noqa: PT012  what a loop does with an error is seen around the whole loop

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, ProgrammingError, connection
from django.db.models import Count, F, Prefetch, Value, Window
from django.db.models.functions import RowNumber, Upper
from django.db.transaction import TransactionManagementError

import vinyl
from tests._async.recording import recorded
from tests.app.models import Album, Artist, ChartEntry, Employee, Genre, Specimen, Tag, Track
from tests.app.stock import stock, stock_recorded

pytestmark = pytest.mark.usefixtures("db")

Manager = Callable[[Any], Any]

SIZES = (1, 2, 7, 2000)
CASES: dict[str, Callable[[Manager], Any]] = {
    "objects": lambda m: m(Album).order_by("pk"),
    "every type": lambda m: m(Specimen).order_by("pk"),
    "values": lambda m: m(Specimen).order_by("pk").values(),
    "values_list": lambda m: m(Album).order_by("pk").values_list("title", "released", "notes"),
    "named": lambda m: m(Album).order_by("pk").values_list("title", "year", named=True),
    "flat": lambda m: m(Album).order_by("pk").values_list("price", flat=True),
    "values of relations": lambda m: m(Track).order_by("pk").values("album__artist__name"),
    "grouped": lambda m: m(Album).values("artist").annotate(n=Count("pk")).order_by("artist"),
    "annotated": lambda m: m(Album).annotate(up=Upper("title"), n=Count("tracks")).order_by("pk"),
    "a window": lambda m: m(Track).annotate(n=Window(RowNumber(), order_by="-pk")).order_by("pk"),
    "extra": lambda m: m(Genre).extra(select={"one": "1"}).values_list("name", "one"),
    "related": lambda m: m(Track).select_related("album__artist").order_by("pk"),
    "only": lambda m: m(Track).select_related("album").only("title", "album__title").order_by("pk"),
    "inherited": lambda m: m(Employee).select_related("boss").order_by("pk"),
    "composite keys": lambda m: m(ChartEntry).order_by("pk"),
    "dates": lambda m: m(ChartEntry).dates("week", "month"),
    "union": lambda m: m(Artist).filter(pk=1).union(m(Artist).filter(pk__gt=3)).order_by("id"),
    "a slice": lambda m: m(Track).order_by("pk")[2:9],
    "distinct": lambda m: m(Track).order_by("disc").values_list("disc", flat=True).distinct(),
    "a percent sign": lambda m: m(Album).annotate(sign=Value("100%")).filter(title__contains="%"),
    "no rows": lambda m: m(Album).filter(pk=-1),
    "no query": lambda m: m(Album).filter(pk__in=[]),
    "none": lambda m: m(Album).none(),
}
PREFETCHES: dict[str, tuple[Callable[[Manager], Any], str]] = {
    "reverse": (lambda m: m(Artist).prefetch_related("albums__tracks"), "albums"),
    "many to many": (lambda m: m(Album).prefetch_related("genres"), "genres"),
    "forward": (lambda m: m(Album).prefetch_related("artist"), "artist"),
    "generic": (lambda m: m(Tag).prefetch_related("target"), "target"),
    "a queryset": (
        lambda m: m(Artist).prefetch_related(
            Prefetch("albums", queryset=m(Album).filter(year__gt=1990).order_by("-pk"))
        ),
        "albums",
    ),
    "joined": (
        lambda m: m(Track).select_related("album").prefetch_related("album__genres"),
        "album",
    ),
}


def stock_manager(model: Any) -> Any:
    return model.objects


def vinyl_manager(model: Any) -> Any:
    return model.vinyl


def shown(row: Any) -> Any:
    """Return all that a row has loaded, in a form that can be compared."""
    if not hasattr(row, "_state"):
        return (type(row).__name__, row)
    related = row._state.fields_cache.items()
    data = {name: value for name, value in vars(row).items() if not name.startswith("_")}
    cached = {name: obj and shown(obj) for name, obj in related if name != "peers"}
    return row._meta.label, row._state.db, row._state.adding, data, cached


def keys(value: Any) -> Any:
    if hasattr(value, "all"):
        return [obj.pk for obj in value.all()]
    return value and (value._meta.label, value.pk)


@pytest.mark.parametrize("name", CASES)
async def test_the_rows_are_those_of_stock_django(name: str) -> None:
    build = CASES[name]
    expected, queries = stock_recorded(
        lambda: [shown(row) for row in build(stock_manager).iterator()]
    )
    for size in SIZES:
        with recorded() as statements:
            rows = [shown(row) async for row in build(vinyl_manager).iterator(chunk_size=size)]
        assert rows == expected
        assert len(statements) == len(queries)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PREFETCHES)
async def test_relations_are_loaded_chunk_by_chunk(name: str, size: int) -> None:
    build, relation = PREFETCHES[name]
    stock(lambda: [ContentType.objects.get_for_model(model) for model in (Album, Artist, Track)])
    expected, queries = stock_recorded(
        lambda: [
            (row.pk, keys(getattr(row, relation)))
            for row in build(stock_manager).order_by("pk").iterator(chunk_size=size)
        ]
    )
    rows = build(vinyl_manager).order_by("pk").iterator(chunk_size=size)
    with recorded() as statements:
        found = [(row.pk, keys(getattr(row, relation))) async for row in rows]
    assert found == expected
    assert len(statements) == len(queries)


async def test_what_a_relation_leads_back_to_is_known() -> None:
    artist = await Artist.vinyl.get(pk=1)
    with recorded() as statements:
        albums = [album async for album in artist.albums.iterator(chunk_size=1)]
        assert all(album.artist is artist for album in albums)
    assert len(albums) > 1
    assert len(statements) == 1


async def test_the_rows_are_asked_for_anew_each_time() -> None:
    genres = Genre.vinyl.order_by("pk")
    assert len(await genres) == 6
    await Genre.vinyl.create(code="zzz")
    assert len([genre async for genre in genres.iterator()]) == 7
    assert len(await genres) == 6


async def test_nothing_is_asked_before_the_first_row_is() -> None:
    with recorded() as statements:
        rows = Genre.vinyl.iterator()
        assert statements == []
        async for _ in rows:
            break
    assert len(statements) == 1


async def test_chunk_size_must_be_given_with_prefetch_related() -> None:
    with pytest.raises(ValueError, match="chunk_size must be provided when using"):
        Artist.vinyl.prefetch_related("albums").iterator()


@pytest.mark.parametrize("size", [0, -1])
async def test_chunk_size_must_be_positive(size: int) -> None:
    with pytest.raises(ValueError, match="Chunk size must be strictly positive"):
        Artist.vinyl.iterator(chunk_size=size)
    with pytest.raises(ValueError, match="Chunk size must be strictly positive"):
        vinyl.connections["default"].stream("SELECT 1", chunk_size=size)


@pytest.mark.parametrize("size", SIZES)
async def test_the_loops_body_may_write_outside_of_a_transaction(size: int) -> None:
    async for album in Album.vinyl.order_by("pk").iterator(chunk_size=size):
        await album.update(year=album.pk)
    assert stock(lambda: Album.objects.filter(year=F("pk")).count()) == 11


@pytest.mark.parametrize("size", SIZES)
async def test_the_loops_body_may_write_in_a_transaction(size: int) -> None:
    async with vinyl.atomic():
        async for album in Album.vinyl.order_by("pk").iterator(chunk_size=size):
            await album.update(year=album.pk)
            assert await Album.vinyl.filter(year=F("pk")).count() == album.pk
    assert stock(lambda: Album.objects.filter(year=F("pk")).count()) == 11


async def test_the_loops_body_may_roll_back_to_a_savepoint() -> None:
    async with vinyl.atomic():
        async for album in Album.vinyl.order_by("pk").iterator(chunk_size=2):
            try:
                async with vinyl.atomic():
                    await album.update(year=album.pk)
                    if album.pk % 2:
                        raise LookupError
            except LookupError:
                assert await Album.vinyl.filter(pk=album.pk, year=album.pk).count() == 0
    updated = stock(lambda: list(Album.objects.filter(year=F("pk")).values_list("pk", flat=True)))
    assert sorted(updated) == [2, 4, 6, 8, 10]


async def test_one_iterator_may_run_inside_another() -> None:
    async with vinyl.atomic():
        pairs = [
            (artist.pk, album.pk)
            async for artist in Artist.vinyl.order_by("pk").iterator(chunk_size=2)
            async for album in artist.albums.order_by("pk").iterator(chunk_size=1)
        ]
    assert pairs == stock(
        lambda: list(Album.objects.order_by("artist_id", "pk").values_list("artist_id", "pk"))
    )


async def test_a_loop_that_is_left_early_leaves_nothing_behind() -> None:
    for _ in range(15):
        async for _album in Album.vinyl.order_by("pk").iterator(chunk_size=1):
            break
    async with vinyl.atomic():
        for _ in range(5):
            async for _album in Album.vinyl.order_by("pk").iterator(chunk_size=1):
                break
        assert await Album.vinyl.count() == 11
    assert await Album.vinyl.filter(pk=1).update(year=1) == 1


async def test_an_error_of_the_body_goes_out_as_it_is() -> None:
    with pytest.raises(LookupError, match="mine"):
        async for _ in Album.vinyl.order_by("pk").iterator(chunk_size=1):
            raise LookupError("mine")
    assert await Album.vinyl.count() == 11


async def test_an_error_of_the_database_is_djangos() -> None:
    broken = Album.vinyl.extra(where=["nowhere = 1"])
    with pytest.raises(DatabaseError) as caught:
        [album async for album in broken.iterator()]
    if connection.vendor == "postgresql":
        assert caught.type is ProgrammingError
    assert caught.value.__cause__ is not None
    assert await Album.vinyl.count() == 11


async def test_rows_can_be_locked_in_a_transaction_only() -> None:
    locking = Genre.vinyl.select_for_update().order_by("pk")
    if connection.features.has_select_for_update:
        with pytest.raises(TransactionManagementError, match="select_for_update"):
            [genre async for genre in locking.iterator()]
    async with vinyl.atomic():
        assert len([genre async for genre in locking.iterator(chunk_size=2)]) == 6


async def test_another_database_can_be_asked() -> None:
    names = [artist.name async for artist in Artist.vinyl.using("other").order_by("pk").iterator()]
    assert names == ["Other Björk", "Only There"]


async def test_server_side_cursors_can_be_disabled(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = vinyl.connections["default"].settings_dict
    monkeypatch.setitem(settings, "DISABLE_SERVER_SIDE_CURSORS", True)
    albums = Album.vinyl.order_by("pk")
    with recorded() as statements:
        found = [album.pk async for album in albums.iterator(chunk_size=2)]
    assert found == list(range(1, 12))
    assert len(statements) == 1


async def test_a_statement_of_ones_own_is_streamed_in_lists_of_rows() -> None:
    sql = "SELECT code, %s FROM shop_genre ORDER BY code"
    chunks = [
        chunk async for chunk in vinyl.connections["default"].stream(sql, ["a%b"], chunk_size=4)
    ]
    assert [len(chunk) for chunk in chunks] == [4, 2]
    assert chunks[0][0] == ("art-pop", "a%b")
    sql = "SELECT code FROM shop_genre WHERE name LIKE '%a%'"
    assert [rows async for rows in vinyl.connections["default"].stream(sql)] != []


async def test_the_statement_is_in_the_query_log() -> None:
    connected = vinyl.connections["default"]
    connected.force_debug_cursor = True
    try:
        [genre async for genre in Genre.vinyl.order_by("code").iterator(chunk_size=2)]
        logged = connected.queries[-1]["sql"]
    finally:
        connected.force_debug_cursor = False
    assert "FROM" in logged
    assert "shop_genre" in logged
