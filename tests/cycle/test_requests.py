"""Requests to a real server: transactions around views, and what is left when a client goes."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import httpx
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.test import AsyncClient, Client, RequestFactory
from django.test.utils import override_settings

import vinyl
from tests.app.models import Genre
from tests.app.stock import stock
from tests.cycle import views
from tests.cycle.conftest import ATOMIC
from vinyl.middleware import AtomicRequestsMiddleware

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def quiet() -> Any:
    logging.getLogger("django.request").setLevel(logging.CRITICAL)
    yield
    logging.getLogger("django.request").setLevel(logging.NOTSET)


def stored() -> set[str]:
    """Return the new genres that another connection sees."""
    return stock(lambda: set(Genre.objects.filter(name="new").values_list("pk", flat=True)))


async def test_an_asynchronous_view_is_one_transaction(client: httpx.AsyncClient) -> None:
    assert (await client.get("/add/a")).text == "True"
    assert (await client.get("/fail/b")).status_code == 500
    assert (await client.get("/refuse/c")).status_code == 409
    assert (await client.get("/undo/d")).text == "True"
    assert stored() == {"a", "c"}


async def test_a_class_based_view_is_too(client: httpx.AsyncClient) -> None:
    assert (await client.get("/class/a")).text == "True"
    assert (await client.get("/class/bad")).status_code == 500
    assert stored() == {"a"}


async def test_a_synchronous_view_is_left_to_django(client: httpx.AsyncClient) -> None:
    assert (await client.get("/sync/a")).text == "True"
    assert (await client.get("/sync/bad")).status_code == 500
    assert stored() == {"a"}


async def test_a_view_may_be_exempt(client: httpx.AsyncClient) -> None:
    assert (await client.get("/outside/a")).status_code == 500
    assert stored() == {"a"}


async def test_the_transaction_ends_before_the_template_is_rendered(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.get("/late/a")).status_code == 500
    assert stored() == {"a"}


async def test_a_view_without_a_response_is_called_once(client: httpx.AsyncClient) -> None:
    assert (await client.get("/nothing/a")).status_code == 500
    assert stored() == {"a"}


async def test_what_other_middleware_answers_to_an_exception_is_sent_and_nothing_kept(
    project: None, pools: None
) -> None:
    with override_settings(MIDDLEWARE=["tests.cycle.middleware.AnswersErrors", ATOMIC]):
        response = await AsyncClient().get("/fail/b")
    assert (response.status_code, response.content) == (418, b"ValueError: on purpose")
    assert stored() == set()


def test_it_works_under_wsgi(project: None) -> None:
    client = Client(raise_request_exception=False)
    assert client.get("/add/a").content == b"True"
    assert client.get("/fail/b").status_code == 500
    assert client.get("/sync/c").content == b"True"
    assert client.get("/nothing/d").status_code == 500
    with override_settings(MIDDLEWARE=["tests.cycle.middleware.AnswersErrors", ATOMIC]):
        assert Client().get("/fail/e").status_code == 418
    assert stored() == {"a", "c", "d"}


def test_without_it_django_refuses(project: None) -> None:
    with (
        override_settings(MIDDLEWARE=[]),
        pytest.raises(RuntimeError, match="You cannot use ATOMIC_REQUESTS with async views"),
    ):
        Client().get("/add/a")


@pytest.mark.parametrize("handler", [ASGIHandler, WSGIHandler])
def test_it_has_to_be_the_last(handler: Any, project: None) -> None:
    later = "django.middleware.csrf.CsrfViewMiddleware"
    with (
        override_settings(MIDDLEWARE=[ATOMIC, later]),
        pytest.raises(ImproperlyConfigured, match=r"CsrfViewMiddleware' after .* last"),
    ):
        handler()


async def test_it_may_be_called_in_a_test_without_a_handler(project: None, pools: None) -> None:
    async def get_response(request: Any) -> None: ...

    middleware = AtomicRequestsMiddleware(get_response)
    request = RequestFactory().get("/")
    assert await middleware(request) is None
    with pytest.raises(ValueError, match="on purpose"):
        await middleware.process_view(request, views.add_and_fail, ("b",), {})
    with pytest.raises(ValueError, match=r"The view .*nothing.* didn't return an HttpResponse"):
        await middleware.process_view(request, views.nothing, ("a",), {})
    assert stored() == {"a"}


@pytest.mark.parametrize("view", ["wait", "block"])
async def test_a_client_that_goes_takes_its_transaction_with_it(
    view: str, client: httpx.AsyncClient, nothing_held: Any
) -> None:
    request = asyncio.create_task(client.get(f"/{view}/a"))
    await views.gates["waiting"].wait()
    stats = vinyl.connection.pool_stats
    assert stats.size - stats.idle == 1
    request.cancel()
    await views.gates["left"].wait()
    await nothing_held()
    assert stored() == set()


async def test_many_clients_that_go_leave_nothing_behind(
    client: httpx.AsyncClient, nothing_held: Any
) -> None:
    async def ask(number: int) -> None:
        try:
            async with asyncio.timeout(0.002 * (number % 20)):
                await client.get(f"/add/{number}")
        except TimeoutError:
            pass

    await asyncio.gather(*(ask(number) for number in range(100)))
    await nothing_held()
    assert (await client.get("/add/last")).text == "True"
    assert "last" in stored()


async def test_a_response_that_queries_now_and_then_holds_nothing_between(
    client: httpx.AsyncClient, nothing_held: Any
) -> None:
    async with client.stream("GET", "/stream/queries") as response:
        lines = response.aiter_lines()
        for _ in range(3):
            count, atomic = (await anext(lines)).split()
            assert int(count) > 0
            assert atomic == "False"
            stats = vinyl.connection.pool_stats
            assert (stats.size - stats.idle, stats.waiting) == (0, 0)
            views.gates["next"].set()
    await views.gates["left"].wait()
    await nothing_held()


async def test_a_stream_of_rows_ends_with_its_client(
    client: httpx.AsyncClient, nothing_held: Any
) -> None:
    async with client.stream("GET", "/stream/rows") as response:
        await anext(response.aiter_lines())
        await views.gates["waiting"].wait()
    await views.gates["left"].wait()
    await nothing_held()


async def test_a_hundred_consumers_that_wait_hold_nothing(pools: None, nothing_held: Any) -> None:
    """A consumer of a web socket, as Channels calls it: it lives as long as its client stays."""
    answers: asyncio.Queue[Any] = asyncio.Queue()

    async def consumer(scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["type"] != "websocket.disconnect":
            await send({"type": "websocket.send", "text": str(await Genre.vinyl.count())})

    inboxes: list[asyncio.Queue[Any]] = [asyncio.Queue() for _ in range(100)]
    async with asyncio.TaskGroup() as group:
        for inbox in inboxes:
            group.create_task(consumer({"type": "websocket"}, inbox.get, answers.put))
        for _ in range(3):
            for inbox in inboxes:
                inbox.put_nowait({"type": "websocket.receive", "text": "?"})
            for _ in inboxes:
                await answers.get()
            await nothing_held()
        for inbox in inboxes:
            inbox.put_nowait({"type": "websocket.disconnect"})
    assert vinyl.connection.pool_stats.size <= vinyl.connection.pool_stats.max_size


async def test_the_end_of_a_request_leaves_the_pool_alone(client: httpx.AsyncClient) -> None:
    await client.get("/add/a")
    before = await vinyl.connection.execute(_SESSION[vinyl.connection.vendor])
    for code in "bc":
        await client.get(f"/add/{code}")
    after = await vinyl.connection.execute(_SESSION[vinyl.connection.vendor])
    assert after.rows == before.rows
    assert vinyl.connection.pool_stats.size == 1


_SESSION = {
    "postgresql": "SELECT pg_backend_pid()",
    "mysql": "SELECT CONNECTION_ID()",
    "sqlite": "SELECT 1",
}
