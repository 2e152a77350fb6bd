"""The views and URLs of the tests of requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import SimpleTemplateResponse
from django.urls import path
from django.views import View

import vinyl
from tests.app.models import Genre

# What a view waits for before it goes on, and what a test waits for.
gates: dict[str, asyncio.Event] = {}


async def _add(code: str) -> None:
    await Genre.vinyl.create(code=code, name="new")


def _state() -> HttpResponse:
    return HttpResponse(f"{vinyl.connection.in_atomic_block}")


async def add(request: HttpRequest, code: str) -> HttpResponse:
    """Write and tell whether it is in a transaction."""
    await _add(code)
    return _state()


async def add_and_fail(request: HttpRequest, code: str) -> HttpResponse:
    await _add(code)
    raise ValueError("on purpose")


async def add_and_refuse(request: HttpRequest, code: str) -> HttpResponse:
    """Answer with an error, by a response: that is no exception."""
    await _add(code)
    return HttpResponse(status=409)


async def add_and_undo(request: HttpRequest, code: str) -> HttpResponse:
    await _add(code)
    vinyl.set_rollback(True)
    return _state()


async def nothing(request: HttpRequest, code: str) -> Any:
    await _add(code)


@transaction.non_atomic_requests
async def add_outside(request: HttpRequest, code: str) -> HttpResponse:
    await _add(code)
    raise ValueError(_state().content.decode())


def add_in_sync(request: HttpRequest, code: str) -> HttpResponse:
    Genre.vinyl.create(code=code, name="new")
    if code.startswith("bad"):
        raise ValueError("on purpose")
    return _state()


class AddView(View):
    """A class-based view with an asynchronous method."""

    async def get(self, request: HttpRequest, code: str) -> HttpResponse:
        await _add(code)
        if code.startswith("bad"):
            raise ValueError("on purpose")
        return _state()


async def add_and_wait(request: HttpRequest, code: str) -> HttpResponse:
    """Write, then wait until the client goes."""
    await _add(code)
    gates["waiting"].set()
    try:
        await gates["never"].wait()
    finally:
        gates["left"].set()
    return HttpResponse()


async def add_in_a_block_and_wait(request: HttpRequest, code: str) -> HttpResponse:
    async with vinyl.atomic():
        return await add_and_wait(request, code)


async def render_later(request: HttpRequest, code: str) -> HttpResponse:
    await _add(code)
    return LateResponse(None)


class LateResponse(SimpleTemplateResponse):
    """Rendered after the view; fails."""

    @property
    def rendered_content(self) -> str:
        raise ValueError("in the template")


async def stream(request: HttpRequest, how: str) -> StreamingHttpResponse:
    content = {"queries": _queries, "rows": _rows}[how]
    return StreamingHttpResponse(content())


async def _queries() -> AsyncIterator[str]:
    try:
        while True:
            yield f"{await Genre.vinyl.count()} {vinyl.connection.in_atomic_block}\n"
            gates["waiting"].set()
            await gates["next"].wait()
            gates["next"].clear()
    finally:
        gates["left"].set()


async def _rows() -> AsyncIterator[str]:
    try:
        async for genre in Genre.vinyl.iterator(chunk_size=1):
            yield f"{genre.pk}\n"
            gates["waiting"].set()
            await gates["next"].wait()
            gates["next"].clear()
    finally:
        gates["left"].set()


urlpatterns = [
    path("add/<code>", add),
    path("fail/<code>", add_and_fail),
    path("refuse/<code>", add_and_refuse),
    path("undo/<code>", add_and_undo),
    path("nothing/<code>", nothing),
    path("outside/<code>", add_outside),
    path("sync/<code>", add_in_sync),
    path("class/<code>", AddView.as_view()),
    path("wait/<code>", add_and_wait),
    path("block/<code>", add_in_a_block_and_wait),
    path("late/<code>", render_later),
    path("stream/<how>", stream),
]
