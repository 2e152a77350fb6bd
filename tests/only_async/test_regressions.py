"""Rules of the async twin that once were broken."""

# ruff: noqa: PT012  what a transaction does with an error is seen around its whole block

from __future__ import annotations

import asyncio
import gc
import os
import pickle
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import SyncToAsync, async_to_sync, sync_to_async
from django.db import DatabaseError, connection, connections
from django.db.transaction import TransactionManagementError
from django.template import Context, Engine

import vinyl
from tests.app.models import Album, Artist, Customer, Genre, Tag
from tests.app.stock import stock
from vinyl._runtime._async import databases
from vinyl._runtime._async.databases import Database, database

pytestmark = pytest.mark.usefixtures("pools", "db")

KIND = os.environ.get("VINYL_TEST_DATABASE", "sqlite")
CHANGES_SESSION = {"postgresql": "SET work_mem = '1MB'", "mysql": "SET @x = 1"}


class Oops(Exception):
    """What the tests raise to break a block."""


def render(source: str, **context: Any) -> str:
    return Engine().from_string(source).render(Context(context))


def stored(**conditions: Any) -> set[str]:
    return stock(lambda: set(Genre.objects.filter(**conditions).values_list("pk", flat=True)))


async def create(code: str) -> None:
    await Genre.vinyl.create(code=code, name="new")


def in_a_new_process(script: str, *options: str, **settings: Any) -> subprocess.CompletedProcess:
    """Run a script in which Django is set up on the test databases; `settings` change them."""
    prelude = f"""
        import asyncio, os, sys
        from tests import settings
        settings.DATABASES["default"].update(NAME={str(connection.settings_dict["NAME"])!r})
        settings.DATABASES["default"].update({settings!r})
        import django
        django.setup()
        import vinyl
        from tests.app.models import *
    """
    source = textwrap.dedent(prelude) + textwrap.dedent(script)
    return subprocess.run(
        [sys.executable, *options, "-c", source],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


# Unloaded relations, unevaluated querysets


async def test_unloaded_relations_are_awaited_together() -> None:
    # asyncio looks at the class of what it is given, so that isinstance() gives no error.
    one, two = await Album.vinyl.get(pk=1), await Album.vinyl.get(pk=4)
    found = await asyncio.gather(one.artist, two.artist)
    assert [artist.pk for artist in found] == [one.artist_id, two.artist_id]
    assert (await asyncio.wait_for(one.artist, 5)).pk == one.artist_id
    assert not isinstance(one.artist, Artist)


TOUCHES: dict[str, Callable[[Any], Any]] = {
    "delattr": lambda artist: delattr(artist, "name"),
    "setitem": lambda artist: artist.__setitem__("x", 1),
    "add": lambda artist: artist + 1,
    "iter": iter,
    "reversed": reversed,
    "pickle": pickle.dumps,
    "float": float,
    "index": lambda artist: [1, 2][artist],
    "vars": vars,
    "percent": lambda artist: "%s" % artist,  # noqa: UP031
    "sorted": lambda artist: sorted([artist, artist]),
    "in list": lambda artist: 1 in [artist],
}


@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES)
async def test_no_touch_of_an_unloaded_relation_passes(touch: Callable[[Any], Any]) -> None:
    album = await Album.vinyl.get(pk=1)
    with pytest.raises(vinyl.NotLoaded):
        touch(album.artist)


async def test_an_inherited_relation_to_a_sibling_table_is_not_loaded() -> None:
    customer = await Customer.vinyl.order_by("pk").first()
    with pytest.raises(vinyl.NotLoaded):
        customer.as_employee.salary  # noqa: B018


@pytest.mark.parametrize(
    "source",
    [
        "{{ album.artist }}",
        "{{ album.artist.name }}",
        "{% if album.artist %}x{% endif %}",
        "{% for x in album.tracks.all %}x{% endfor %}",
        "{{ album.artist|default:'x' }}",
        "{% with x=album.artist %}{{ x.name }}{% endwith %}",
        "{% firstof album.artist 'x' %}",
    ],
)
async def test_a_template_fails_loudly_on_what_is_not_loaded(source: str) -> None:
    album = await Album.vinyl.get(pk=1)
    with pytest.raises(vinyl.NotLoaded):
        render(source, album=album)


@pytest.mark.parametrize(
    "source",
    [
        "{% for x in albums %}x{% endfor %}",
        "{% if albums %}x{% endif %}",
        "{{ albums.0.title }}",
        "{{ albums.0 }}",
        "{{ albums|length }}",
        "{{ albums|first }}",
        "{{ albums|join:', ' }}",
        "{% with x=albums|first %}{{ x.title }}{% endwith %}",
    ],
)
async def test_a_template_fails_loudly_on_an_unevaluated_queryset(source: str) -> None:
    with pytest.raises(vinyl.VinylError):
        render(source, albums=Album.vinyl.order_by("id"))


async def test_an_attribute_of_an_item_of_an_unevaluated_queryset_names_the_await() -> None:
    with pytest.raises(vinyl.NotEvaluated, match="await"):
        Album.vinyl.order_by("id")[0].title  # noqa: B018


@pytest.mark.parametrize("touch", [bool, str, list, len, lambda item: item == 1])
async def test_an_item_of_an_unevaluated_queryset_is_nothing_but_awaited(touch: Any) -> None:
    with pytest.raises(vinyl.NotEvaluated, match="await"):
        touch(Album.vinyl.order_by("id")[0])


@pytest.mark.parametrize("touch", [list, len, lambda many: 1 in many, lambda many: many[0]])
async def test_iterating_over_a_manager_names_the_await(touch: Any) -> None:
    album = await Album.vinyl.get(pk=1)
    for manager in (Album.vinyl, album.tracks):
        with pytest.raises(vinyl.NotEvaluated, match="await"):
            touch(manager)


# No threads


RELATED: dict[str, Callable[[Any, Any], Any]] = {
    "acreate": lambda artist, album: artist.albums.acreate(title="new", year=2000, price=1),
    "aget_or_create": lambda artist, album: artist.albums.aget_or_create(title="Debut"),
    "aadd": lambda artist, album: artist.albums.aadd(album),
    "aset": lambda artist, album: artist.albums.aset([album]),
    "aclear": lambda artist, album: artist.friends.aclear(),
    "aremove": lambda artist, album: artist.friends.aremove(1),
    "m2m acreate": lambda artist, album: artist.friends.acreate(name="new"),
    "m2m aadd": lambda artist, album: artist.friends.aadd(1),
    "generic acreate": lambda artist, album: artist.tags.acreate(name="new"),
}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore:coroutine")
@pytest.mark.parametrize("call", RELATED.values(), ids=RELATED)
async def test_djangos_names_on_a_relation_hop_to_no_thread(
    call: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    artist, album = await Artist.vinyl.get(pk=1), await Album.vinyl.get(pk=1)
    hops: list[Any] = []
    stock_call = SyncToAsync.__call__

    async def noted(self: Any, *args: Any, **kwargs: Any) -> Any:
        hops.append(self.func)
        return await stock_call(self, *args, **kwargs)

    monkeypatch.setattr(SyncToAsync, "__call__", noted)
    try:
        await call(artist, album)
    except DatabaseError:
        pass
    finally:
        made = list(hops)
        if made:
            await sync_to_async(connections.close_all)()
        gc.collect()
    assert made == []


MANY: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda artist, album: artist.albums.add(album),
    "set": lambda artist, album: artist.albums.set([album]),
    "m2m add": lambda artist, album: artist.friends.add(2),
    "m2m clear": lambda artist, album: artist.friends.clear(),
    "m2m create": lambda artist, album: artist.friends.create(name="new"),
    "create": lambda artist, album: artist.albums.create(title="new", year=2000, price=1),
    "generic create": lambda artist, album: artist.tags.create(name="new"),
    "generic add": lambda artist, album: artist.tags.add(Tag(name="x"), bulk=False),
}


@pytest.mark.parametrize("call", MANY.values(), ids=MANY)
async def test_a_write_to_a_relation_is_awaited_or_refused_by_a_clear_error(call: Any) -> None:
    artist, album = await Artist.vinyl.get(pk=1), await Album.vinyl.get(pk=1)
    try:
        outcome = call(artist, album)
        assert hasattr(outcome, "__await__")
        await outcome
    except DatabaseError as exc:
        assert "native" in str(exc)  # noqa: PT017


# Transactions


async def test_on_commit_outside_a_block_awaits_what_the_function_returns() -> None:
    seen: list[str] = []

    async def later() -> None:
        seen.append("later")

    await vinyl.on_commit(lambda: later())
    assert seen == ["later"]


async def test_no_error_is_its_own_cause(monkeypatch: Any) -> None:
    async def hold() -> None:
        async with vinyl.atomic():
            await Genre.vinyl.count()
            await asyncio.sleep(60)

    task = asyncio.create_task(hold())
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await task
    assert caught.value.__cause__ is not caught.value

    from vinyl._runtime._async.databases import database

    async def crowded() -> Any:
        raise vinyl.PoolTimeout("no connection")

    pool = database("default").pool
    monkeypatch.setattr(pool, "acquire", crowded)
    monkeypatch.setattr(pool, "acquire_free", crowded)
    for use in (Genre.vinyl.count, lambda: in_block(Genre.vinyl.count)):
        with pytest.raises(vinyl.PoolTimeout) as waited:
            await use()
        assert waited.value.__cause__ is not waited.value


async def in_block(call: Callable[[], Any]) -> Any:
    async with vinyl.atomic():
        return await call()


@pytest.mark.skipif(KIND == "sqlite", reason="its statements do not wait")
async def test_a_statement_cancelled_at_any_moment_leaves_all_in_order() -> None:
    async def work(code: str) -> None:
        async with vinyl.atomic():
            await create(code)
            async with vinyl.atomic():
                await create(code + "!")
            await Genre.vinyl.filter(pk=code).update(name="newer")

    for number in range(60):
        task = asyncio.create_task(work(f"n{number}"))
        for _ in range(number):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
    rows = stored(code__regex="^n[0-9]")
    assert {code for code in rows if not code.endswith("!")} == {
        code.removesuffix("!") for code in rows if code.endswith("!")
    }
    assert stored(name="new", code__regex="^n[0-9]+$") == set()
    await create("last")
    assert vinyl.connection.in_atomic_block is False


async def test_a_cancelled_child_condemns_only_its_savepoint() -> None:
    async def child() -> None:
        async with vinyl.atomic():
            await create("child")
            await asyncio.sleep(60)

    async with vinyl.atomic():
        await create("parent")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await child()
        await create("after")
    assert stored(name="new") == {"parent", "after"}


async def test_a_task_group_that_fails_in_a_block_rolls_it_back() -> None:
    async def fails() -> None:
        await create("b")
        raise Oops

    with pytest.raises(ExceptionGroup):
        async with vinyl.atomic(), asyncio.TaskGroup() as group:
            for code in "cdefg":
                group.create_task(create(code))
            group.create_task(fails())
    assert stored(name="new") == set()
    await create("h")


async def test_a_task_that_comes_too_late_condemns_no_block_around() -> None:
    go = asyncio.Event()

    async def late() -> None:
        await go.wait()
        await create("late")

    async with vinyl.atomic():
        await create("outer")
        async with vinyl.atomic():
            task = asyncio.create_task(late())
            await create("inner")
        go.set()
        with pytest.raises(TransactionManagementError):
            await task
        await create("after")
    assert stored(name="new") == {"outer", "inner", "after"}


@pytest.mark.skipif(KIND != "postgresql", reason="on others, an error spoils no transaction")
async def test_a_block_that_the_server_has_spoilt_is_rolled_back_without_its_hooks() -> None:
    ran = []
    async with vinyl.atomic():
        await create("a")
        vinyl.on_commit(lambda: ran.append("outer"))
        async with vinyl.atomic():
            await create("b")
            vinyl.on_commit(lambda: ran.append("nested"))
            with pytest.raises(DatabaseError):
                await vinyl.connection.execute("SELECT * FROM no_such_table")
        assert await Genre.vinyl.filter(name="new").count() == 1
    assert (ran, stored(name="new")) == (["outer"], {"a"})

    async with vinyl.atomic():
        await create("c")
        vinyl.on_commit(lambda: ran.append("spoilt"))
        with pytest.raises(DatabaseError):
            await vinyl.connection.execute("SELECT * FROM no_such_table")
    assert (ran, stored(name="new")) == (["outer"], {"a"})


def cancel_as_it_gives_back(monkeypatch: Any) -> None:
    """Cancel the next task that gives a connection back."""
    release = Database.release

    async def cancelled(self: Database, connection: Any) -> None:
        monkeypatch.undo()
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await release(self, connection)

    monkeypatch.setattr(Database, "release", cancelled)


@pytest.mark.skipif(KIND == "sqlite", reason="giving a connection back waits for no server")
async def test_hooks_run_where_a_task_is_cancelled_after_its_commit(monkeypatch: Any) -> None:
    ran = []

    async def look() -> None:
        ran.append(await Genre.vinyl.filter(name="new").count())

    async def work() -> None:
        async with vinyl.atomic():
            # The session has to be cleaned, and so giving it back takes its time.
            await vinyl.connection.execute(CHANGES_SESSION[KIND])
            await create("a")
            vinyl.on_commit(lambda: ran.append("plain"))
            vinyl.on_commit(look)
            cancel_as_it_gives_back(monkeypatch)

    task = asyncio.create_task(work())
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (ran, stored(name="new")) == (["plain", 1], {"a"})


@pytest.mark.skipif(KIND == "sqlite", reason="giving a connection back waits for no server")
async def test_a_hooks_error_does_not_hide_a_cancellation(monkeypatch: Any, caplog: Any) -> None:
    def fails() -> None:
        raise Oops

    async def work() -> None:
        async with vinyl.atomic():
            await vinyl.connection.execute(CHANGES_SESSION[KIND])
            vinyl.on_commit(fails)
            cancel_as_it_gives_back(monkeypatch)

    task = asyncio.create_task(work())
    with pytest.raises(asyncio.CancelledError):
        await task
    assert "on_commit()" in caplog.text


async def test_one_block_object_serves_both_modes_at_once() -> None:
    block = vinyl.atomic("other")
    inside, leave = threading.Event(), threading.Event()

    def sync_side() -> bool:
        try:
            with block:
                inside.set()
                leave.wait(2)
            return connections["other"].in_atomic_block
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as executor:
        try:
            async with block:
                running = executor.submit(sync_side)
                await asyncio.to_thread(inside.wait, 5)
            # The sync side entered last, and is still inside.
            assert vinyl.connections["other"].in_atomic_block is False
        finally:
            leave.set()
        assert await asyncio.wrap_future(running) is False


async def test_a_decorated_method_runs_in_a_block() -> None:
    class Service:
        @vinyl.atomic
        async def run(self, code: str) -> bool:
            await create(code)
            return vinyl.connection.in_atomic_block

        @vinyl.atomic(savepoint=False)
        async def fail(self) -> None:
            await create("x")
            raise Oops

    assert await Service().run("a") is True
    with pytest.raises(Oops):
        await Service().fail()
    assert stored(name="new") == {"a"}


def test_a_decorated_generator_is_refused() -> None:
    async def rows() -> Any:
        yield 1

    def sync_rows() -> Any:
        yield 1

    for function in (rows, sync_rows):
        with pytest.raises(TypeError, match="generator function"):
            vinyl.atomic(function)
        with pytest.raises(TypeError, match="generator function"):
            vinyl.atomic(durable=True)(function)


# Threads and loops


async def test_sync_code_in_a_thread_uses_the_sync_twin() -> None:
    def view() -> Any:
        try:
            return vinyl.is_async(), Genre.vinyl.get(pk="pop").name
        finally:
            connections.close_all()

    assert await asyncio.to_thread(view) == (False, "Pop")
    assert await sync_to_async(view)() == (False, "Pop")


def test_async_code_under_a_sync_caller_uses_the_async_twin() -> None:
    async def view() -> Any:
        return vinyl.is_async(), (await Genre.vinyl.get(pk="pop")).name

    assert Genre.vinyl.get(pk="pop").name == "Pop"
    for _ in range(3):
        assert async_to_sync(view)() == (True, "Pop")
    connections.close_all()
    gc.collect()


async def test_objects_of_one_twin_serve_the_other() -> None:
    def in_sync() -> Any:
        try:
            return Artist.vinyl.get(pk=1), list(Album.vinyl.filter(artist=artist)), len(albums)
        finally:
            connections.close_all()

    artist = await Artist.vinyl.get(pk=1)
    albums = Album.vinyl.filter(artist=1)
    await albums
    other, sync_albums, number = await asyncio.to_thread(in_sync)
    assert other == artist
    assert hash(other) == hash(artist)
    assert number == len(sync_albums) == 3
    assert await Album.vinyl.filter(artist=other).count() == 3
    album = await Album.vinyl.get(pk=4)
    await album.update(artist=other)
    assert album.artist is other
    assert isinstance(await albums.order_by("pk").first(), Album)
    assert await Artist.vinyl.contains(other)
    assert len(await (Album.vinyl.filter(pk=4) | Album.vinyl.filter(artist=other))) == 4


SYNC_USES: dict[str, Callable[[Any], Any]] = {
    "update": lambda genre: genre.update(name="lost"),
    "save": lambda genre: genre.save(),
    "delete": lambda genre: genre.delete(),
    "refresh_from_db": lambda genre: genre.refresh_from_db(),
    "children": lambda genre: genre.children.count(),
    "queryset": lambda genre: type(genre).__mro__ and genre.children.all().exists(),
}


@pytest.mark.filterwarnings("ignore:coroutine")
@pytest.mark.parametrize("use", SYNC_USES.values(), ids=SYNC_USES)
async def test_a_coroutine_method_called_in_sync_code_is_an_error(use: Any) -> None:
    genre = await Genre.vinyl.get(pk="pop")
    with pytest.raises(vinyl.WrongMode):
        await asyncio.to_thread(use, genre)


async def test_a_loop_in_another_thread_cannot_use_the_block() -> None:
    async def use() -> None:
        await create("stranger")

    async with vinyl.atomic():
        await create("a")
        with pytest.raises(TransactionManagementError, match="loop"):
            await asyncio.to_thread(asyncio.run, use())
    assert stored(name="new") == {"a"}


# Closing


@pytest.mark.parametrize("steps", [*range(6), 12, 24])
async def test_closing_completes_although_it_is_cancelled(steps: int) -> None:
    pools = [database(alias).pool for alias in ("default", "other")]
    held = [(pool, await pool.acquire()) for pool in pools for _ in range(3)]
    for pool, on in held:
        await pool.release(on)
    closing = asyncio.create_task(vinyl.connections.close())
    for _ in range(steps):
        await asyncio.sleep(0)
    was_done = closing.done()
    closing.cancel()
    await asyncio.wait([closing])
    assert closing.cancelled() is not was_done
    await vinyl.connections.close()
    assert not any(on.usable for _, on in held)


async def test_closing_that_takes_too_long_is_made_short(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(databases, "_CLOSING", 0.01)
    pools = [database(alias).pool for alias in ("default", "other")]
    held = [await pool.acquire() for pool in pools]
    for pool, on in zip(pools, held, strict=True):
        await pool.release(on)
        monkeypatch.setattr(pool, "close", asyncio.Event().wait)
    await vinyl.connections.close()
    assert not any(on.usable for on in held)
    assert caplog.text.count("were closed at once") == 2


async def test_the_first_error_of_closing_goes_out_when_all_is_closed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail() -> None:
        raise Oops

    pools = [database(alias).pool for alias in ("default", "other")]
    held = [await pool.acquire() for pool in pools]
    for pool, on in zip(pools, held, strict=True):
        await pool.release(on)
    monkeypatch.setattr(pools[0], "close", fail)
    with pytest.raises(Oops):
        await vinyl.connections.close()
    assert not any(on.usable for on in held)


# Processes

ENDS = {
    "asyncio.run": "asyncio.run(main())",
    "bare loop": "loop = asyncio.new_event_loop(); loop.run_until_complete(main()); loop.close()",
    "loop left open": "loop = asyncio.new_event_loop(); loop.run_until_complete(main())",
    "several": "asyncio.run(main()); asyncio.run(main()); asyncio.run(main())",
    "anyio": "import anyio; anyio.run(main)",
    "exit": "asyncio.run(main()); sys.exit(0)",
    "in a task": """
async def hold():
    async with vinyl.atomic():
        await main()
        await asyncio.sleep(60)
async def outer():
    asyncio.create_task(hold())
    await asyncio.sleep(0.1)
asyncio.run(outer())
""",
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_loop_that_ends_without_closing_warns_of_nothing(end: str) -> None:
    script = """
async def main():
    await asyncio.gather(*(Album.vinyl.get(pk=1) for _ in range(3)))
    async with vinyl.atomic():
        await Album.vinyl.count()
"""
    ran = in_a_new_process(script + end + "\nimport gc; gc.collect()", "-X", "dev", "-W", "error")
    # A loop that is left open is Python's to warn of, and so is a slow step in its debug mode.
    told = [x for x in ran.stderr.splitlines() if not x.startswith("Executing <")]
    if end is ENDS["loop left open"]:
        told = [x for x in told if "event loop" not in x and "vinyl" in x]
    assert (ran.returncode, told) == (0, [])


def test_a_loop_ends_while_connections_are_being_opened() -> None:
    script = """
async def main():
    await asyncio.gather(*(vinyl.connection.execute("SELECT 1") for _ in range(3)))
for _ in range(5):
    asyncio.run(main())
"""
    ran = in_a_new_process(script)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_dialect_is_made_on_the_blocks_own_connection() -> None:
    script = """
async def main():
    async def work():
        async with vinyl.atomic():
            await vinyl.connection.execute("SELECT 1")
            return await Album.vinyl.count()
    print(await asyncio.gather(*(work() for _ in range(3))))
    await vinyl.connections.close()
asyncio.run(main())
"""
    options = dict(connection.settings_dict["OPTIONS"])
    options["pool"] = {"min_size": 0, "max_size": 1, "timeout": 20}
    ran = in_a_new_process(script, OPTIONS=options)
    assert ran.stdout == "[11, 11, 11]\n", ran.stderr[-600:]


def test_what_loops_leave_that_are_only_closed_ends_with_the_next_one() -> None:
    script = """
import gc, threading, weakref
from vinyl._runtime._async import databases, scopes

raws, pools, loops = [], [], []
async def main():
    async with vinyl.atomic():
        await Album.vinyl.count()
        connection = scopes.current_scope("default").transaction.connection
    raws.append(connection)
    pools.append(weakref.ref(databases.database("default").pool))
    loops.append(weakref.ref(asyncio.get_running_loop()))
def once():
    loop = asyncio.new_event_loop()
    loop.run_until_complete(main())
    loop.close()
go_on, there = threading.Event(), threading.Event()
async def stay():
    await main()
    there.set()
    await asyncio.to_thread(go_on.wait, 20)
    print(await Album.vinyl.count(), raws.pop(0).usable)
staying = threading.Thread(target=asyncio.run, args=[stay()], daemon=True)
staying.start()
assert there.wait(20)
for number in range(3):
    once()
    thread = threading.Thread(target=once)
    thread.start()
    thread.join()
print([connection.usable for connection in raws[1:]], len(databases._databases))
async def close():
    await vinyl.connections.close()
asyncio.run(close())
print([connection.usable for connection in raws[1:]], len(databases._databases))
go_on.set()
staying.join()
raws.clear()
gc.collect()
print([ref() for ref in pools + loops if ref() is not None])
"""
    ran = in_a_new_process(script, "-X", "dev", "-W", "error")
    told = [x for x in ran.stderr.splitlines() if not x.startswith("Executing <")]
    assert (ran.stdout.splitlines(), told) == (
        ["[False, False, False, False, False, True] 2", f"{[False] * 6} 1", "11 True", "[]"],
        [],
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.skipif(KIND == "sqlite", reason="SQLite is not made to be carried across a fork")
def test_a_forked_child_harms_no_connection_of_its_parent() -> None:
    script = """
import gc, signal, warnings
warnings.simplefilter("ignore", DeprecationWarning)
async def again():
    try:
        return await Album.vinyl.count()
    finally:
        await vinyl.connections.close()
async def main():
    async with vinyl.atomic():
        await Album.vinyl.count()
        child = os.fork()
        if child == 0:
            signal.alarm(4)
            code = 1
            try:
                gc.collect()
                code = 0
            finally:
                os._exit(code)
        assert os.waitpid(child, 0)[1] == 0
        async with asyncio.timeout(5):
            print(await Album.vinyl.count())
    await asyncio.gather(*(Album.vinyl.count() for _ in range(4)))
    child = os.fork()
    if child == 0:
        signal.alarm(4)
        asyncio._set_running_loop(None)
        code = 1
        try:
            loop = asyncio.new_event_loop()
            assert loop.run_until_complete(again()) == 11
            loop.close()
            gc.collect()
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    async with asyncio.timeout(5):
        print(await asyncio.gather(*(Album.vinyl.count() for _ in range(4))))
    await vinyl.connections.close()
asyncio.run(main())
"""
    ran = in_a_new_process(script)
    assert (ran.stdout, ran.stderr) == ("11\n[11, 11, 11, 11]\n", "")


def test_a_first_insert_of_a_process_asks_nothing_of_djangos_connection() -> None:
    # Django 5.2 asked it whether MySQL gives back what db_default makes.
    script = """
async def main():
    async with vinyl.atomic():
        customer = await Customer.vinyl.create(email="first@insert.example")
        order = await Order.vinyl.create(number="first", customer=customer)
        await Order.vinyl.bulk_create([Order(number="second", customer=customer)])
        await order.refresh_from_db()
        print(order.currency)
        vinyl.set_rollback(True)
    await vinyl.connections.close()
asyncio.run(main())
"""
    ran = in_a_new_process(script)
    assert (ran.stdout, ran.stderr) == ("EUR\n", "")


@pytest.mark.parametrize("driver", ["psycopg", "psycopg_pool", "aiomysql", "pymysql", "aiosqlite"])
def test_a_missing_driver_is_named_with_its_extra(driver: str) -> None:
    needs = {"postgresql": ("psycopg", "psycopg_pool"), "mysql": ("aiomysql", "pymysql")}
    if driver not in needs.get(KIND, ("aiosqlite",)) or driver == "psycopg":
        pytest.skip("it is not this database's, or Django itself cannot do without")
    script = """
async def main():
    try:
        await Album.vinyl.count()
    except vinyl.MissingDriver as exc:
        print(exc)
asyncio.run(main())
"""
    block = f"import sys; sys.modules[{driver!r}] = None\n"
    ran = in_a_new_process(block + script)
    assert f"django-vinyl[{KIND}]" in ran.stdout, ran.stderr[-800:]
    assert driver in ran.stdout


def test_importing_vinyl_needs_no_settings_and_no_driver() -> None:
    script = (
        "import sys, vinyl\n"
        "[getattr(vinyl, name) for name in vinyl.__all__]\n"
        "bad = [m for m in ('psycopg', 'psycopg_pool', 'aiomysql', 'pymysql', 'aiosqlite', "
        "'MySQLdb') if m in sys.modules]\n"
        "from django.conf import settings\n"
        "print(bad, settings.configured)"
    )
    environment = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.stdout == "[] False\n", ran.stderr[-800:]


WRONG: dict[str, dict[str, Any]] = {
    "password": {"PASSWORD": "s3cr3t-word", "USER": "nobody_such"},
    "host": {"HOST": "127.0.0.1", "PORT": "1", "PASSWORD": "s3cr3t-word"},
    "name of a host": {"HOST": "no-such-host.invalid", "PASSWORD": "s3cr3t-word"},
    "database": {"NAME": "/no/such/folder/x", "PASSWORD": "s3cr3t-word"},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_wrong_settings_are_an_operational_error_at_once(wrong: dict[str, Any]) -> None:
    if KIND == "sqlite" and "NAME" not in wrong:
        pytest.skip("SQLite has no server")
    script = """
import time, traceback
from django.db import OperationalError
async def main():
    async def one(call):
        began = time.monotonic()
        try:
            await call()
        except OperationalError as exc:
            assert exc.__cause__ is not None and exc.__cause__ is not exc, "cause"
            assert type(exc.__cause__).__module__.split(".")[0] in (
                "psycopg", "pymysql", "sqlite3"), type(exc.__cause__)
            assert "s3cr3t" not in "".join(traceback.format_exception(exc)), "password"
            assert time.monotonic() - began < 9, "slow"
            return "ok"
        except BaseException as exc:
            return repr(exc)
        return "no error"
    async def block():
        async with vinyl.atomic():
            await Album.vinyl.count()
    async def raw():
        await vinyl.connection.execute("SELECT 1")
    outcomes = [await one(call) for call in (
        Album.vinyl.count, block, raw, lambda: Album.vinyl.get(pk=1),
        lambda: Album.vinyl(pk=1).insert(), lambda: Album.vinyl.filter(pk=1).delete())]
    outcomes += await asyncio.gather(*(one(Album.vinyl.count) for _ in range(20)))
    outcomes += await asyncio.gather(*(one(block) for _ in range(20)))
    print({o for o in outcomes})
    await vinyl.connections.close()
asyncio.run(main())
"""
    ran = in_a_new_process(script, **wrong)
    assert ran.stdout == "{'ok'}\n", ran.stderr[-800:]


BAD_SETTINGS: dict[str, dict[str, Any]] = {
    "no name": {"NAME": ""},
    "option": {"OPTIONS": {"no_such_option": "s3cr3t-word"}},
    "pool option": {"OPTIONS": {"pool": {"no_such_option": 1}}},
    "pool size": {"OPTIONS": {"pool": {"min_size": 5, "max_size": 2}}},
    "pool type": {"OPTIONS": {"pool": {"max_size": "ten"}}},
    "port": {"PORT": "no-port", "HOST": "127.0.0.1"},
}


@pytest.mark.parametrize("wrong", BAD_SETTINGS.values(), ids=BAD_SETTINGS)
def test_bad_settings_are_a_clear_error(wrong: dict[str, Any]) -> None:
    if KIND == "sqlite" and "PORT" in wrong:
        pytest.skip("SQLite has no server")
    script = """
from django.core.exceptions import ImproperlyConfigured
from django.db import Error
async def main():
    try:
        await Album.vinyl.count()
    except (ImproperlyConfigured, Error) as exc:
        print("clear", "s3cr3t" in str(exc), str(exc)[:300])
    except BaseException as exc:
        print(repr(exc))
asyncio.run(main())
"""
    ran = in_a_new_process(script, **wrong)
    if "unexpected keyword argument 'no_such_option'" not in ran.stdout:  # sqlite3's words
        assert ran.stdout.startswith("clear False "), (ran.stdout, ran.stderr[-800:])
