"""The async path is native: no thread, no executor, none of Django's synchronous connections."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from asgiref.sync import SyncToAsync
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

import vinyl
from tests.app.models import Album, Artist, Genre, Tag, Track

pytestmark = pytest.mark.usefixtures("pools", "db")


async def work() -> None:
    """Use every terminal, write, delete with cascades, and follow relations."""
    assert len(await Album.vinyl.select_related("artist").order_by("id")) == 11
    assert await Album.vinyl.filter(notes__mono=True).count() == 1
    assert await Album.vinyl.exists()
    album = await Album.vinyl.get(pk=1)
    assert (await album.artist).name == "Björk"
    assert len(await album.genres.all()) == 2
    assert (await (await Tag.vinyl.get(pk=1)).target).pk == 1
    async with vinyl.atomic():
        genre = await Genre.vinyl.create(code="new", name="New")
        await genre.update(name="Newer")
        async with vinyl.atomic():
            await genre.refresh_from_db()
        await genre.delete()
        await Track.vinyl.filter(album=1).delete()
    await Artist.vinyl.filter(pk=1).update(active=None)
    await asyncio.gather(*(Genre.vinyl.count() for _ in range(5)))


@pytest.fixture
def no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("the async path hops to a thread")

    monkeypatch.setattr(SyncToAsync, "__call__", refuse)
    monkeypatch.setattr(asyncio, "to_thread", refuse)
    monkeypatch.setattr(asyncio.BaseEventLoop, "run_in_executor", refuse)
    monkeypatch.setattr(BaseDatabaseWrapper, "ensure_connection", refuse)
    monkeypatch.setattr(BaseDatabaseWrapper, "connect", refuse)


async def test_no_thread_is_used(no_threads: None) -> None:
    await work()


async def test_no_thread_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("aiosqlite has a thread a connection")
    await work()
    before = set(threading.enumerate())
    started: list[threading.Thread] = []
    monkeypatch.setattr(threading.Thread, "start", started.append)
    await work()
    assert started == []
    assert set(threading.enumerate()) <= before
