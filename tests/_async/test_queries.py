"""Querysets: lazy, asked once, and what they answer."""

from __future__ import annotations

import pickle

import pytest
from django.core.exceptions import FieldError
from django.db import DatabaseError
from django.db.models import Avg, Count, Max, QuerySet, Sum

import vinyl
from tests._async.recording import recorded
from tests.app.models import (
    Album,
    Artist,
    Customer,
    Genre,
    Label,
    Order,
    Patron,
    Reissue,
    Track,
)
from tests.app.stock import stock


def titles(albums: object) -> list[str]:
    return [album.title for album in albums]


async def test_building_a_query_asks_nothing() -> None:
    with recorded() as statements:
        Album.vinyl.filter(year=1993).exclude(pk=1).order_by("id").select_related("artist")[2:5]
    assert statements == []


async def test_a_queryset_gives_its_rows() -> None:
    rows = list(await Album.vinyl.filter(year=1993).order_by("id"))
    assert titles(rows) == ["Debut", "debut"]


async def test_a_queryset_is_asked_once_and_keeps_its_rows() -> None:
    albums = Album.vinyl.filter(year=1993).order_by("id")
    with recorded() as statements:
        first = list(await albums)
        second = list(await albums)
    assert len(statements) == 1
    assert [id(album) for album in first] == [id(album) for album in second]


async def test_iteration_gives_the_rows_and_keeps_them() -> None:
    albums = Album.vinyl.order_by("id")
    with recorded() as statements:
        one_by_one = [album.pk async for album in albums]
        again = [album.pk async for album in albums]
    assert one_by_one == again == list(range(1, 12))
    assert len(statements) == 1


async def test_an_iteration_left_early_still_keeps_all_rows() -> None:
    albums = Album.vinyl.order_by("id")
    async for album in albums:
        assert album.pk == 1
        break
    assert len(albums) == 11


async def test_an_index_asks_for_one_row() -> None:
    albums = Album.vinyl.order_by("id")
    with recorded() as statements:
        album = await albums[3]
    assert album.pk == 4
    assert len(statements) == 1
    assert "LIMIT 1 OFFSET 3" in statements[0]


async def test_an_index_beyond_the_rows_is_an_index_error() -> None:
    with pytest.raises(IndexError):
        await Album.vinyl.order_by("id")[100]


async def test_a_slice_is_a_queryset() -> None:
    albums = Album.vinyl.order_by("id")[3:9]
    assert isinstance(albums, QuerySet)
    assert [album.pk async for album in albums] == [4, 5, 6, 7, 8, 9]
    assert [album.pk for album in await Album.vinyl.order_by("id")[3:9][1:3]] == [5, 6]


async def test_a_slice_with_a_step_gives_every_nth_row() -> None:
    assert [album.pk for album in await Album.vinyl.order_by("id")[0:9:4]] == [1, 5, 9]


async def test_negative_indexes_are_refused() -> None:
    with pytest.raises(ValueError, match="Negative indexing is not supported"):
        await Album.vinyl.order_by("id")[-1]


async def test_an_evaluated_queryset_is_a_sequence() -> None:
    albums = Album.vinyl.filter(pk__lte=3).order_by("id")
    await albums.filter()
    rows = list(await albums)
    with recorded() as statements:
        assert len(albums) == 3
        assert bool(albums)
        assert titles(albums) == ["Debut", "Homogenic", "Vespertine"]
        assert rows[0] in albums
        assert albums[1] is rows[1]
        assert list(albums[1:]) == rows[1:]
    assert statements == []


async def test_an_evaluated_queryset_answers_count_and_exists_itself() -> None:
    albums = Album.vinyl.filter(pk__lte=3)
    assert len(list(await albums)) == 3
    with recorded() as statements:
        assert await albums.count() == 3
        assert await albums.exists() is True
    assert statements == []


async def test_a_queryset_built_on_an_evaluated_one_asks_anew() -> None:
    albums = Album.vinyl.filter(pk__lte=3)
    assert len(list(await albums)) == 3
    with recorded() as statements:
        assert len(list(await albums.filter(pk=1))) == 1
        assert len(list(await albums.all())) == 3
    assert len(statements) == 2


async def test_an_empty_result_is_false_and_has_no_length() -> None:
    albums = Album.vinyl.filter(pk=0)
    assert list(await albums) == []
    assert not albums
    assert len(albums) == 0


async def test_none_asks_nothing() -> None:
    with recorded() as statements:
        assert list(await Album.vinyl.none()) == []
        assert await Album.vinyl.none().count() == 0
        assert await Album.vinyl.none().exists() is False
        assert await Album.vinyl.none().first() is None
        assert await Album.vinyl.none().get_or_none(pk=1) is None
        assert await Album.vinyl.filter(pk__in=[]).count() == 0
    assert statements == []


async def test_get_gives_the_one_object() -> None:
    with recorded() as statements:
        album = await Album.vinyl.get(title="Homogenic")
    assert album.pk == 2
    assert len(statements) == 1


async def test_get_of_nothing_raises_the_models_error() -> None:
    with pytest.raises(Album.DoesNotExist, match="Album matching query does not exist"):
        await Album.vinyl.get(pk=0)


async def test_get_of_many_raises_the_models_error() -> None:
    with pytest.raises(Album.MultipleObjectsReturned, match="it returned 2"):
        await Album.vinyl.get(year=1993)


async def test_get_or_none_gives_none_for_nothing() -> None:
    assert await Album.vinyl.get_or_none(pk=0) is None
    assert (await Album.vinyl.filter(year=1997).get_or_none(pk=2)).title == "Homogenic"


async def test_get_or_none_still_raises_for_many() -> None:
    with pytest.raises(Album.MultipleObjectsReturned):
        await Album.vinyl.get_or_none(year=1993)


async def test_first_and_last_go_by_the_key_where_there_is_no_order() -> None:
    assert (await Album.vinyl.first()).pk == 1
    assert (await Album.vinyl.last()).pk == 11
    assert (await Album.vinyl.order_by("year", "id").first()).pk == 8
    assert (await Track.vinyl.last()).pk == 12
    assert await Album.vinyl.filter(pk=0).first() is None
    assert await Album.vinyl.filter(pk=0).last() is None


async def test_exists_and_count_give_plain_values() -> None:
    assert await Album.vinyl.filter(year=1993).exists() is True
    assert await Album.vinyl.filter(year=3).exists() is False
    assert await Album.vinyl.count() == 11
    assert await Album.vinyl.filter(year=1993).count() == 2


async def test_aggregate_gives_a_dictionary() -> None:
    found = await Track.vinyl.filter(album=1).aggregate(Sum("seconds"), n=Count("id"))
    assert found == {"seconds__sum": 822, "n": 3}
    assert await Track.vinyl.filter(pk=0).aggregate(a=Avg("seconds")) == {"a": None}
    assert await Artist.vinyl.annotate(n=Count("albums")).aggregate(Max("n")) == {"n__max": 3}


async def test_values_gives_dictionaries() -> None:
    rows = list(await Album.vinyl.filter(pk=1).values("id", "artist__name"))
    assert rows == [{"id": 1, "artist__name": "Björk"}]


async def test_values_list_gives_tuples_values_or_named_tuples() -> None:
    albums = Album.vinyl.filter(pk__lte=2).order_by("id")
    assert list(await albums.values_list("id", "title")) == [(1, "Debut"), (2, "Homogenic")]
    assert list(await albums.values_list("title", flat=True)) == ["Debut", "Homogenic"]
    row = await albums.values_list("id", "title", named=True).first()
    assert (row.id, row.title) == (1, "Debut")


async def test_objects_are_the_users_class_by_all_tests() -> None:
    artist = await Artist.vinyl.get(pk=3)
    same = stock(lambda: Artist.objects.get(pk=3))
    assert isinstance(artist, Artist)
    assert type(artist) is Artist.vinyl.model
    assert type(artist).__name__ == "Artist"
    assert type(artist).__module__ == "vinyl.model"
    assert artist._meta is Artist._meta
    assert artist == same
    assert same == artist
    assert hash(artist) == hash(same)
    assert str(artist) == "Keith Jarrett"
    assert artist.initials == "KJ"


async def test_objects_survive_pickling() -> None:
    artist = await Artist.vinyl.select_related("label").get(pk=3)
    copy = pickle.loads(pickle.dumps(artist))
    assert copy == artist
    assert type(copy) is type(artist)
    assert copy.name == "Keith Jarrett"
    assert copy["label"].code == "ecm"


async def test_evaluated_querysets_survive_pickling() -> None:
    for genres in (Genre.vinyl.filter(pk="pop"), Album.vinyl.filter(pk=1)):
        rows = list(await genres)
        copy = pickle.loads(pickle.dumps(genres))
        assert list(copy) == rows
        assert type(copy) is type(genres)


async def test_every_models_objects_come_from_its_own_class() -> None:
    assert isinstance(await Customer.vinyl.get(pk=1), Customer)
    assert isinstance(await Patron.vinyl.get(pk=6), Patron)
    assert isinstance(await Order.vinyl.get(pk=1), Order)
    reissue = await Reissue.vinyl.get(pk=1)
    assert isinstance(reissue, Reissue)
    assert reissue.heading() == "Debut (reissue)"


async def test_methods_of_the_users_queryset_come_along() -> None:
    dear = Album.vinyl.expensive().by("Björk").order_by("id")
    assert titles(await dear) == ["Homogenic", "Vespertine"]
    assert titles(await Album.vinyl.filter(pk__gt=2).expensive().by("Björk")) == ["Vespertine"]


async def test_methods_of_the_users_class_come_along() -> None:
    label = await Label.vinyl.get(pk=3)
    assert label.shout() == "ECM RECORDS!"
    assert isinstance(label, Label)


async def test_djangos_managers_stay_as_they_are() -> None:
    assert [manager.name for manager in Artist._meta.managers] == ["objects"]
    assert Artist._default_manager is Artist.objects or Artist._default_manager == Artist.objects
    assert type(stock(Artist.objects.first)) is Artist


async def test_a_manager_is_not_there_on_an_object() -> None:
    album = await Album.vinyl.get(pk=1)
    with pytest.raises(AttributeError):
        album.vinyl  # noqa: B018


async def test_another_database_is_asked_by_using() -> None:
    artist = await Artist.vinyl.using("other").get(pk=901)
    assert artist.name == "Only There"
    assert artist._state.db == "other"
    assert await Artist.vinyl.filter(pk=901).exists() is False


async def test_an_unknown_field_is_named_in_the_error() -> None:
    with pytest.raises(FieldError, match="Cannot resolve keyword 'titel' into field"):
        await Album.vinyl.filter(titel="x")


async def test_a_database_error_is_djangos_with_the_drivers_as_its_cause() -> None:
    with pytest.raises(DatabaseError) as caught:
        list(await Genre.vinyl.extra(where=["no_such_column = 1"]))
    assert caught.value.__cause__ is not None
    assert type(caught.value).__module__ == "django.db.utils"


async def test_after_an_error_the_next_query_works() -> None:
    for _ in range(15):
        with pytest.raises(DatabaseError):
            list(await Genre.vinyl.extra(where=["no_such_column = 1"]))
    assert await Genre.vinyl.count() == 6


async def test_many_queries_in_a_row_need_no_more_connections() -> None:
    for _ in range(200):
        assert await Genre.vinyl.filter(pk="pop").count() == 1


async def test_a_deferred_column_is_not_loaded_on_access() -> None:
    album = await Album.vinyl.only("title").get(pk=1)
    with recorded() as statements, pytest.raises(vinyl.NotLoaded, match="year is deferred"):
        album.year  # noqa: B018
    assert statements == []
    assert album.title == "Debut"
    assert album.get_deferred_fields() >= {"year", "price"}
