"""What only the async twin's querysets have: they are awaited, or say so."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import inspect
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import SynchronousOnlyOperation
from django.db.models import Count, QuerySet

import vinyl
from tests._async.recording import recorded
from tests.app.models import Album, Artist, Genre, Profile, Specimen, Tag, Track

pytestmark = pytest.mark.usefixtures("pools")

TOUCHES: dict[str, Callable[[Any], Any]] = {
    "for": lambda albums: [album.pk for album in albums],
    "list": list,
    "len": len,
    "bool": bool,
    "in": lambda albums: 1 in albums,
    "sorted": sorted,
    "unpacking": lambda albums: [*albums],
    "slice": lambda albums: list(albums[:3]),
}


@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES)
async def test_an_unevaluated_queryset_is_no_sequence(touch: Callable[[Any], Any]) -> None:
    albums = Album.vinyl.order_by("id")
    with recorded() as statements, pytest.raises(vinyl.NotEvaluated, match="await") as caught:
        touch(albums)
    assert statements == []
    # Templates swallow a TypeError, and would print nothing.
    assert not isinstance(caught.value, TypeError)
    assert isinstance(caught.value, vinyl.VinylError)
    assert "Album" in str(caught.value)


async def test_after_such_an_error_the_queryset_can_still_be_awaited() -> None:
    albums = Album.vinyl.order_by("id")
    with pytest.raises(vinyl.NotEvaluated):
        list(albums)
    assert len(await albums) == 11


async def test_the_repr_of_an_unevaluated_queryset_asks_nothing() -> None:
    with recorded() as statements:
        assert "Album" in repr(Album.vinyl.all())
    assert statements == []


async def test_the_repr_of_an_evaluated_queryset_shows_its_rows() -> None:
    genres = Genre.vinyl.filter(pk="pop")
    await genres
    assert repr(genres) == "<QuerySet [<Genre: Pop>]>"


async def test_awaiting_gives_a_list() -> None:
    albums = Album.vinyl.order_by("id")
    assert type(await albums) is list
    assert isinstance(albums, QuerySet)


async def test_changing_the_list_leaves_the_queryset_as_it_is() -> None:
    albums = Album.vinyl.order_by("id")
    (await albums).clear()
    assert len(albums) == 11
    assert len(await albums) == 11


async def test_a_queryset_awaited_by_several_tasks_gives_all_of_them_its_rows() -> None:
    albums = Album.vinyl.order_by("id")

    async def rows() -> list[Any]:
        return await albums

    found = await asyncio.gather(*(rows() for _ in range(5)))
    assert [len(rows) for rows in found] == [11] * 5


async def test_terminals_are_coroutines_that_do_nothing_until_awaited() -> None:
    with recorded() as statements:
        terminals = [
            Album.vinyl.get(pk=1),
            Album.vinyl.count(),
            Album.vinyl.create(title="never"),
            Album.vinyl.filter(pk=1).update(year=1),
            Album.vinyl.filter(pk=1).delete(),
        ]
        await asyncio.sleep(0)
    assert statements == []
    for terminal in terminals:
        assert inspect.iscoroutine(terminal)
        terminal.close()


async def test_djangos_names_of_the_terminals_are_there() -> None:
    albums = Album.vinyl.order_by("id")
    assert (await albums.aget(pk=1)).pk == 1
    assert (await albums.afirst()).pk == 1
    assert (await albums.alast()).pk == 11
    assert await albums.acount() == 11
    assert await albums.aexists() is True
    assert await albums.aaggregate(n=Count("id")) == {"n": 11}
    assert (await Album.vinyl.aget(pk=1)).pk == 1


async def test_queries_of_many_tasks_run_side_by_side() -> None:
    found = await asyncio.gather(*(Album.vinyl.get(pk=number % 11 + 1) for number in range(60)))
    assert [album.pk for album in found] == [number % 11 + 1 for number in range(60)]


OPERATIONS: dict[str, Callable[[], Any]] = {
    "get": lambda: Album.vinyl.get(pk=1),
    "first": lambda: Album.vinyl.first(),
    "count": lambda: Album.vinyl.count(),
    "exists": lambda: Album.vinyl.exists(),
    "aggregate": lambda: Album.vinyl.aggregate(Count("id")),
    "values": lambda: Album.vinyl.values("id").first(),
    "update": lambda: Tag.vinyl.filter(pk=0).update(name="x"),
    "delete": lambda: Tag.vinyl.filter(pk=0).delete(),
    "json": lambda: Profile.vinyl.filter(facts__solo=True).count(),
    "generic": lambda: Album.vinyl.filter(tags__name="live").count(),
    "all types": lambda: Specimen.vinyl.get(pk=2),
    "raw": lambda: Genre.vinyl.raw("SELECT * FROM shop_genre"),
}


async def waited(operation: Callable[[], Any]) -> Any:
    return await operation()


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
async def test_a_task_with_a_context_of_its_own_can_query(operation: Callable[[], Any]) -> None:
    await waited(operation)
    task = asyncio.get_running_loop().create_task(waited(operation), context=contextvars.Context())
    await task


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
async def test_a_thread_with_a_loop_of_its_own_can_query(operation: Callable[[], Any]) -> None:
    async def both() -> None:
        await waited(operation)
        await vinyl.connections.close()

    with concurrent.futures.ThreadPoolExecutor(1) as executor:
        executor.submit(asyncio.run, both()).result()
        executor.submit(asyncio.run, both()).result()


async def test_the_sync_twin_fails_loudly_inside_an_event_loop() -> None:
    with vinyl.async_mode(False), pytest.raises(SynchronousOnlyOperation):
        Album.vinyl.get(pk=1)


async def test_the_mode_of_a_queryset_is_that_of_its_making() -> None:
    albums = Album.vinyl.filter(pk=1)
    with vinyl.async_mode(False):
        later = albums.order_by("id")
    assert [album.pk for album in await later] == [1]


async def test_a_query_in_another_model_can_be_a_part() -> None:
    stock = Artist.objects.filter(active=True)
    assert await Album.vinyl.filter(artist__in=stock).count() == 6
    assert await Track.vinyl.filter(album__in=Album.vinyl.filter(year=1993)).count() == 3


@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES)
async def test_an_unevaluated_raw_queryset_is_no_sequence(touch: Callable[[Any], Any]) -> None:
    raw = Album.vinyl.raw("SELECT * FROM shop_album")
    with recorded() as statements, pytest.raises(vinyl.NotEvaluated, match="await"):
        touch(raw)
    with pytest.raises(vinyl.NotEvaluated):
        raw.columns  # noqa: B018
    assert statements == []
    assert len(await raw) == 11


async def test_an_unevaluated_queryset_is_pickled_as_its_query() -> None:
    albums = Album.vinyl.filter(year=1993)
    with recorded() as statements:
        again = pickle.loads(pickle.dumps(albums))
        assert "not evaluated" in repr(again)
    assert statements == []
    assert len(await again) == 2
