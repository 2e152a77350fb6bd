"""Rules of the sync twin that once were broken, or nearly."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import connection
from django.template import Context, Engine

import vinyl
from tests.app.models import Album, Artist, Genre
from vinyl import VinylManager, VinylModel

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def databases_are_there(snapshots: Any) -> Iterator[None]:
    yield
    connection.close()


def test_iterating_in_chunks_gives_objects_of_the_twin() -> None:
    found = list(Album.vinyl.order_by("id").iterator())
    assert {type(album) for album in found} == {Album.vinyl.model}


def test_raw_gives_objects_of_the_twin() -> None:
    (genre,) = Genre.vinyl.raw("SELECT * FROM shop_genre WHERE code = 'pop'")
    assert type(genre) is Genre.vinyl.model


def test_a_template_that_names_delete_deletes_nothing() -> None:
    genre = Genre.vinyl.create(code="tmpl", name="x")
    Engine().from_string("{{ genre.delete }}").render(Context({"genre": genre}))
    assert Genre.objects.filter(pk="tmpl").exists()


def test_migrations_see_no_vinyl() -> None:
    out = StringIO()
    call_command("makemigrations", "contenttypes", "--check", "--dry-run", stdout=out)
    assert "No changes" in out.getvalue()
    assert [m.name for m in Album._meta.managers] == ["objects"]
    assert [m.name for m in Artist._meta.managers] == ["objects"]


def test_await_in_sync_code_says_what_to_write() -> None:
    for wrong in (Album.vinyl.all(), Album.vinyl, Album.vinyl.get(pk=1)):
        with pytest.raises(vinyl.WrongMode, match="await"):
            wrong.__await__()
    with pytest.raises(vinyl.WrongMode):
        Album.vinyl.aget(pk=1)
    with pytest.raises(vinyl.WrongMode):
        Album.vinyl.get(pk=1).asave()


def test_a_hook_that_returns_a_coroutine_is_refused() -> None:
    async def later() -> None:
        raise AssertionError

    made: list[Any] = []

    def hook() -> Any:
        made.append(later())
        return made[0]

    try:
        with pytest.raises(vinyl.WrongMode), vinyl.atomic():
            vinyl.on_commit(hook)
    finally:
        made[0].close()


@pytest.mark.parametrize(
    "arguments",
    [
        {"model": Album},
        {"model": object()},
        {"queryset": "a.path"},
        {"queryset": Album},
        {"sync_model": int},
        {"nope": 1},
    ],
    ids=str,
)
def test_a_manager_takes_only_what_it_can_use(arguments: Any) -> None:
    with pytest.raises(TypeError):
        VinylManager(**arguments)


def test_a_class_with_an_async_generator_cannot_serve_the_sync_twin() -> None:
    from vinyl._runtime._sync.custom import check_custom_class

    class Custom(VinylModel):
        async def lines(self) -> Any:
            yield 1

    with pytest.raises(vinyl.WrongMode, match="lines"):
        check_custom_class(Custom)


def test_a_query_follows_the_time_zone_of_djangos_connection() -> None:
    def both() -> list[Any]:
        in_june = {"released__month__in": range(1, 13), "released__hour": 0}
        return [m.filter(**in_june).count() for m in (Album.objects, Album.vinyl)]

    assert len(set(both())) == 1
    before = connection.timezone, connection.timezone_name
    try:
        for name in ("Asia/Bangkok", "America/Chicago"):
            connection.timezone, connection.timezone_name = ZoneInfo(name), name
            released = [
                list(m.exclude(released=None).order_by("pk").values_list("released", flat=True))
                for m in (Album.objects, Album.vinyl)
            ]
            assert released[0] == released[1]
            assert len(set(both())) == 1
    finally:
        connection.timezone, connection.timezone_name = before
