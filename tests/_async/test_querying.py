"""The rest of Django's query API: locks, sets, routers, copies, and what asks nothing."""

from __future__ import annotations

import copy
import gc
import pickle
from typing import Any

import django
import pytest
from django.core.exceptions import ValidationError
from django.db import NotSupportedError, connection
from django.db.models import (
    CharField,
    Count,
    Exists,
    F,
    FilteredRelation,
    Lookup,
    OuterRef,
    Prefetch,
    Q,
    Subquery,
    Window,
)
from django.db.models.functions import Rank
from django.db.transaction import TransactionManagementError
from django.test import override_settings

import vinyl
from tests._async.recording import recorded
from tests.app.models import Album, Artist, Genre, Label, Tag, Track
from tests.app.stock import stock

# The first Django whose compiler leaves no cycle where it joins for select_related().
LEAVES_NO_CYCLE = (6, 1)


def keys(objects: Any) -> list[Any]:
    return [obj.pk for obj in objects]


# Terminals


async def test_contains_asks_for_one_object() -> None:
    album = await Album.vinyl.get(pk=1)
    with recorded() as statements:
        assert await Album.vinyl.filter(year=1993).contains(album) is True
        assert await Album.vinyl.filter(year=1).contains(album) is False
        assert await Album.vinyl.contains(stock(lambda: Album.objects.get(pk=2))) is True
    assert len(statements) == 3
    with pytest.raises(TypeError, match="'obj' must be a model instance"):
        await Album.vinyl.contains(1)
    with pytest.raises(TypeError, match="after"):
        await Album.vinyl.values("pk").contains(album)


async def test_earliest_and_latest_go_by_their_fields() -> None:
    assert (await Album.vinyl.earliest("year", "pk")).pk == 8
    assert (await Album.vinyl.filter(year=1993).latest("pk")).pk == 11
    with pytest.raises(Album.DoesNotExist):
        await Album.vinyl.filter(pk=0).latest("year")
    with pytest.raises(ValueError, match="get_latest_by"):
        await Album.vinyl.latest()


async def test_many_objects_are_inserted_at_once(db: None) -> None:
    with recorded() as statements:
        made = await Genre.vinyl.bulk_create(
            [Genre.vinyl(code=f"g{n}", name="n") for n in range(3)]
        )
    assert [genre.pk for genre in made] == ["g0", "g1", "g2"]
    assert sum(statement.startswith("INSERT") for statement in statements) == 1
    same = [Genre.vinyl(code="g0", name="changed"), Genre.vinyl(code="new", name="n")]
    await Genre.vinyl.bulk_create(same, ignore_conflicts=True)
    assert (await Genre.vinyl.get(pk="g0")).name == "n"
    assert await Genre.vinyl.filter(pk="new").exists()


async def test_an_object_is_got_or_created(db: None) -> None:
    genre, created = await Genre.vinyl.get_or_create(code="new", defaults={"name": "New"})
    assert (genre.name, created) == ("New", True)
    assert await Genre.vinyl.get_or_create(code="new") == (genre, False)
    genre, created = await Genre.vinyl.update_or_create({"name": "Newer"}, code="new")
    assert (genre.name, created) == ("Newer", False)
    assert (await Genre.vinyl.get(pk="new")).name == "Newer"
    genre, created = await Genre.vinyl.update_or_create(
        {"name": "x"}, create_defaults={"name": "made"}, code="newest"
    )
    assert (genre.name, created) == ("made", True)


async def test_iterator_keeps_nothing() -> None:
    albums = Album.vinyl.order_by("id")
    assert [album.pk async for album in albums.iterator(chunk_size=3)] == list(range(1, 12))
    with recorded() as statements:
        assert len(list(await albums)) == 11
    assert len(statements) == 1


async def test_a_many_to_many_relation_is_counted() -> None:
    album = await Album.vinyl.get(pk=1)
    expected = stock(lambda: Album.objects.get(pk=1).genres.count())
    assert await album.genres.count() == expected
    assert await album.genres.exists() is True
    assert await album.genres.filter(pk="nothing").exists() is False


async def test_objects_are_created_by_their_relation(db: None) -> None:
    label = await Label.vinyl.get(pk=3)
    artist = await label.artists.create(name="New")
    assert artist.label_id == label.code
    assert await label.artists.get_or_create(name="New") == (artist, False)
    changed, created = await label.artists.update_or_create(defaults={"sort_name": "N"}, name="New")
    assert (changed.pk, changed.sort_name, created) == (artist.pk, "N", False)
    tag = await artist.tags.create(name="fresh")
    assert (await Tag.vinyl.get(pk=tag.pk)).object_id == artist.pk


# Building


async def test_complex_filter_takes_what_limit_choices_to_takes() -> None:
    expected = [1, 11]
    assert keys(await Album.vinyl.complex_filter({"year": 1993}).order_by("id")) == expected
    assert keys(await Album.vinyl.complex_filter(Q(year=1993)).order_by("id")) == expected


async def test_a_queryset_knows_whether_it_is_ordered() -> None:
    assert Track.vinyl.all().ordered is True
    assert Album.vinyl.all().ordered is False
    assert Album.vinyl.order_by("pk").ordered is True
    assert Album.vinyl.none().ordered is True


async def test_querysets_of_both_kinds_are_combined() -> None:
    ours, theirs = Album.vinyl.filter(year=1993), Album.objects.filter(pk__lt=3)
    assert keys(await (ours | theirs).order_by("id")) == [1, 2, 11]
    assert keys(await (ours & theirs).order_by("id")) == [1]
    assert keys(await (ours ^ theirs).order_by("id")) == [2, 11]
    assert keys(await (ours | Album.vinyl.none()).order_by("id")) == [1, 11]
    assert keys(await (Album.vinyl.none() | ours).order_by("id")) == [1, 11]
    assert list(await (ours & Album.vinyl.none())) == []
    assert keys(await ours.union(theirs).order_by("id")) == [1, 2, 11]
    for combined in (ours | theirs, ours & theirs, ours ^ theirs, ours.union(theirs)):
        assert all(type(album) is Album.vinyl.model for album in await combined)


async def test_a_user_defined_queryset_survives_combination() -> None:
    either = Album.vinyl.filter(pk=1) | Album.vinyl.filter(pk=3)
    assert keys(await either.expensive().order_by("id")) == [3]
    either = Album.vinyl.none() | Album.vinyl.filter(pk=3)
    assert keys(await either.expensive()) == [3]


async def test_querysets_are_parts_of_others() -> None:
    albums = Album.vinyl.filter(artist=OuterRef("pk"))
    artists = Artist.vinyl.annotate(
        newest=Subquery(albums.order_by("-year").values("title")[:1]), any=Exists(albums)
    )
    expected = stock(
        lambda: list(
            Artist.objects.annotate(
                newest=Subquery(
                    Album.objects.filter(artist=OuterRef("pk"))
                    .order_by("-year")
                    .values("title")[:1]
                ),
                any=Exists(Album.objects.filter(artist=OuterRef("pk"))),
            )
            .order_by("id")
            .values_list("newest", "any")
        )
    )
    assert list(await artists.order_by("id").values_list("newest", "any")) == expected


async def test_an_evaluated_queryset_is_a_part_of_another() -> None:
    artists = Artist.vinyl.filter(pk__in=[1, 2])
    assert len(list(await artists)) == 2
    with recorded() as statements:
        assert await Album.vinyl.filter(artist__in=artists).count() > 0
    assert len(statements) == 1


async def test_windows_and_filtered_relations_are_built() -> None:
    ranked = Album.vinyl.annotate(rank=Window(Rank(), order_by=F("year").asc()))
    assert (await ranked.order_by("rank", "id").first()).rank == 1
    of_1993 = FilteredRelation("albums", condition=Q(albums__year=1993))
    artists = Artist.vinyl.annotate(early=of_1993).annotate(n=Count("early")).filter(n=1)
    assert keys(await artists.filter(pk=1)) == [1]


class EndsIn(Lookup):
    """A lookup of a project's own."""

    lookup_name = "endsin"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        tail = f"SUBSTR({left}, LENGTH({left}) - LENGTH({right}) + 1)"
        params = [*left_params, *left_params, *right_params, *right_params]
        return f"{tail} = {right}", params


async def test_lookups_of_a_projects_own_are_used() -> None:
    CharField.register_lookup(EndsIn)
    try:
        assert keys(await Genre.vinyl.filter(code__endsin="t-pop")) == ["art-pop"]
        assert (await Genre.vinyl.get(code__endsin="t-pop")).pk == "art-pop"
    finally:
        CharField._unregister_lookup(EndsIn)


async def test_the_query_can_be_kept_and_put_in() -> None:
    albums = Album.vinyl.filter(year=1993).order_by("id")
    assert '"year" = 1993' in str(albums.query).replace("`", '"')
    other = Album.vinyl.all()
    other.query = pickle.loads(pickle.dumps(albums.query))
    assert keys(await other) == [1, 11]
    theirs = Album.objects.all()
    theirs.query = albums.query
    assert stock(lambda: keys(theirs)) == [1, 11]


async def test_what_django_asks_an_object_without_a_query() -> None:
    album, genre = await Album.vinyl.get(pk=1), await Genre.vinyl.get(pk="pop")
    genre.name = "x" * 300
    with recorded() as statements:
        album.clean()
        assert album.serializable_value("artist") == 1
        assert album.serializable_value("pk") == 1
        assert [found for _, found in album.get_constraints()] == [Album._meta.constraints]
        assert album.unique_error_message(Album, ("title",)).code == "unique"
        assert album.date_error_message("title", "year", "released").code == "unique_for_date"
        with pytest.raises(ValidationError, match="at most 100 characters"):
            await genre.clean_fields(exclude={"parent"})
    assert statements == []


async def test_a_union_ordered_by_what_is_left_out_can_be_asked_again() -> None:
    # Django's query has one column more from the first time on.
    genres = Genre.vinyl.order_by().union(Genre.vinyl.order_by()).values("code").order_by("name")
    first = list(await genres)
    assert first[0].keys() == {"code"}
    assert list(await genres.all()) == first
    assert [row async for row in genres.all().iterator()] == first
    assert list(await genres.all()[:2]) == first[:2]


# Locks


async def test_rows_are_locked_inside_a_block() -> None:
    options: dict[str, tuple[str, Any]] = {
        "has_select_for_update": ("FOR UPDATE", {}),
        "has_select_for_update_nowait": ("FOR UPDATE NOWAIT", {"nowait": True}),
        "has_select_for_update_skip_locked": ("FOR UPDATE SKIP LOCKED", {"skip_locked": True}),
        "has_select_for_update_of": ("FOR UPDATE OF ", {"of": ("self",)}),
        "has_select_for_no_key_update": ("FOR NO KEY UPDATE", {"no_key": True}),
    }
    has = stock(lambda: {name: getattr(connection.features, name) for name in options})
    for feature, (sql, given) in options.items():
        locking = Album.vinyl.select_related("artist").select_for_update(**given).filter(pk=1)
        async with vinyl.atomic():
            if not has["has_select_for_update"]:
                assert len(list(await locking)) == 1
            elif not has[feature]:
                with pytest.raises(NotSupportedError):
                    list(await locking)
            else:
                with recorded() as statements:
                    assert len(list(await locking)) == 1
                assert sql in statements[0]


async def test_rows_are_not_locked_outside_a_block() -> None:
    locking = Album.vinyl.select_for_update().filter(pk=1)
    if not connection.features.has_select_for_update:
        assert len(list(await locking)) == 1
        return
    with pytest.raises(TransactionManagementError, match="select_for_update cannot be used"):
        list(await locking)
    with pytest.raises(TransactionManagementError, match="select_for_update cannot be used"):
        await locking.first()


async def test_two_ways_of_waiting_for_a_lock_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be used with skip_locked"):
        Album.vinyl.select_for_update(nowait=True, skip_locked=True)


# Routers


class ArtistsElsewhere:
    """Read artists from the other database, write everything to the default one."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return "other" if model is Artist else None

    def db_for_write(self, model: Any, **hints: Any) -> str | None:
        return "default"


class WritesElsewhere:
    """Write tags to the other database."""

    def db_for_write(self, model: Any, **hints: Any) -> str | None:
        return "other" if model is Tag or model is Genre else None


async def test_a_router_chooses_the_database_of_a_read() -> None:
    with override_settings(DATABASE_ROUTERS=[ArtistsElsewhere()]):
        assert Artist.vinyl.all().db == "other"
        assert Artist.vinyl.db == "other"
        assert Artist.vinyl.raw("SELECT 1").db == "other"
        assert Album.vinyl.all().db == "default"
        assert (await Artist.vinyl.get(pk=901)).name == "Only There"
        assert (await Artist.vinyl.filter(pk=901).first())._state.db == "other"
        assert await Artist.vinyl.filter(pk=901).exists()
        assert await Artist.vinyl.using("default").filter(pk=901).exists() is False
        with recorded("other") as statements:
            assert len(list(await Artist.vinyl.raw("SELECT * FROM shop_artist"))) > 0
        assert len(statements) == 1


async def test_a_router_chooses_the_database_of_a_write(db: None) -> None:
    with override_settings(DATABASE_ROUTERS=[WritesElsewhere()]):
        genre = await Genre.vinyl.create(code="new", name="New")
        assert genre._state.db == "other"
        other = Genre.vinyl(code="newer", name="New")
        await other.insert()
        assert await Genre.vinyl.filter(code__startswith="new").exists() is False
        there = Genre.vinyl.using("other").filter(code__startswith="new")
        assert await there.count() == 2
        assert await Genre.vinyl.filter(code__startswith="new").update(name="Newer") == 2
        await other.refresh_from_db()
        assert other.name == "Newer"
        assert (await Genre.vinyl.filter(code__startswith="new").delete())[0] == 2
        assert await there.count() == 0


async def test_related_objects_stay_in_the_database_of_their_object() -> None:
    with override_settings(DATABASE_ROUTERS=[ArtistsElsewhere()]):
        artist = await Artist.vinyl.get(pk=901)
        assert artist.albums.all().db == "other"
        assert list(await artist.albums.all()) == list(await artist.albums.using("other"))


# Copies


async def test_an_unevaluated_queryset_survives_pickling() -> None:
    albums = Album.vinyl.filter(year=1993).order_by("id").select_related("artist")
    again = pickle.loads(pickle.dumps(albums))
    assert type(again) is type(albums)
    assert keys(await again) == [1, 11]
    assert all(album["artist"].name for album in again)


async def test_prefetches_survive_pickling() -> None:
    lookup = Prefetch("albums", Album.vinyl.filter(year=1993))
    artists = Artist.vinyl.filter(pk=1).prefetch_related(lookup)
    (artist,) = await pickle.loads(pickle.dumps(artists))
    assert keys(artist["albums"]) == [1]


async def test_pickled_values_stay_values() -> None:
    values = Album.vinyl.filter(pk=1).values("title")
    assert list(await pickle.loads(pickle.dumps(values))) == [{"title": "Debut"}]
    assert list(await values) == [{"title": "Debut"}]
    assert list(pickle.loads(pickle.dumps(values))) == [{"title": "Debut"}]


async def test_a_deep_copy_asks_anew() -> None:
    albums = Album.vinyl.filter(year=1993).order_by("id")
    assert keys(await albums) == [1, 11]
    with recorded() as statements:
        again = copy.deepcopy(albums)
        assert keys(await again.filter()) == [1, 11]
        assert keys(await copy.deepcopy(again)) == [1, 11]
    assert len(statements) == 2


async def test_the_repr_of_many_rows_is_cut_off() -> None:
    once = Track.vinyl.order_by()
    tracks = once.union(once, once, all=True)
    rows = list(await tracks)
    assert len(rows) > 21
    assert repr(tracks).endswith("'...(remaining elements truncated)...']>")
    assert repr(tracks).count("<Track:") == 20


@pytest.mark.parametrize(
    "query",
    [
        lambda: Album.vinyl.get(pk=1),
        pytest.param(
            lambda: Album.vinyl.select_related("artist").order_by("pk")[:3],
            marks=pytest.mark.skipif(
                django.VERSION < LEAVES_NO_CYCLE, reason="Django's compiler leaves a cycle there"
            ),
        ),
        lambda: Album.vinyl.filter(pk=1).exists(),
        lambda: Genre.vinyl.values_list("name", "parent__name"),
    ],
)
async def test_a_query_leaves_nothing_to_the_garbage_collector(query) -> None:
    for _ in range(2):  # What is made on first use stays.
        await query()
    gc.collect()
    gc.disable()
    try:
        await query()
        assert gc.collect() == 0
    finally:
        gc.enable()
