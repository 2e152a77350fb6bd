"""What one user of a session leaves behind, the next one does not find."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .support import Database, Server, on

ON_POSTGRESQL = (
    "SET application_name = 'changed'",
    "SET TIME ZONE 'Asia/Tokyo'",
    "SELECT set_config('my.secret', 'x', false)",
    "CREATE TEMP TABLE mine (a int)",
    "CREATE /* ours */ TEMP TABLE mine (a int)",
    "SELECT pg_advisory_lock(4711)",
    "PREPARE mine AS SELECT 1",
    "LISTEN mine",
    "DECLARE mine CURSOR WITH HOLD FOR SELECT 1",
)
LOOK_ON_POSTGRESQL = """
    SELECT current_setting('application_name'), current_setting('TimeZone'),
        current_setting('my.secret', true), to_regclass('mine'),
        (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()),
        (SELECT count(*) FROM pg_prepared_statements WHERE name = 'mine'),
        (SELECT count(*) FROM pg_listening_channels()), (SELECT count(*) FROM pg_cursors)
"""


@on("postgresql")
@pytest.mark.parametrize("binding", [False, True])
async def test_a_session_of_postgresql_is_cleaned(one: Server, binding: bool) -> None:
    driver = one.driver(
        {"pool": {"max_size": 1}, "server_side_binding": binding}, TIME_ZONE="Europe/Zurich"
    )
    pool = driver.make_pool()
    one.opened.append(pool)
    connection = await pool.acquire()
    for _ in range(8):  # psycopg then prepares the statement
        await connection.execute("SELECT %s::int", [1])
    pid = connection.pgconn.backend_pid
    await pool.release(connection)
    for change in ON_POSTGRESQL:
        connection = await pool.acquire()
        await connection.execute(change)
        await pool.release(connection)
        connection = await pool.acquire()
        # "" is what is left of a setting that nobody knows.
        name, zone, secret, *rest = (await connection.execute(LOOK_ON_POSTGRESQL)).rows[0]
        assert (name, zone, secret or None, *rest) == ("", "Europe/Zurich", None, None, 0, 0, 0, 0)
        for _ in range(8):
            await connection.execute("SELECT %s::int", [1])
        assert connection.pgconn.backend_pid == pid
        await pool.release(connection)


@on("postgresql")
async def test_a_role_is_assumed_again(one: Server) -> None:
    driver = one.driver({"pool": {"max_size": 1}, "assume_role": "pg_monitor"})
    pool = driver.make_pool()
    one.opened.append(pool)
    connection = await pool.acquire()
    await connection.execute("RESET ROLE")
    await pool.release(connection)
    connection = await pool.acquire()
    assert (await connection.execute("SELECT current_user")).rows == [("pg_monitor",)]
    await pool.release(connection)


@on("postgresql")
async def test_an_ordinary_session_of_postgresql_is_not_reset(one: Server) -> None:
    pool = one.pool(max_size=1)
    connection = await pool.acquire()
    await connection.execute("SELECT 1")
    await connection.execute("BEGIN")
    await connection.execute("SET LOCAL work_mem = '1MB'")
    await connection.execute("COMMIT")
    assert connection.clean
    # Of what goes unseen, this is seen to stay.
    await connection.raw.execute("SET application_name = 'kept'")
    await pool.release(connection)
    connection = await pool.acquire()
    assert (await connection.execute("SHOW application_name")).rows == [("kept",)]
    connection.distrust()
    await pool.release(connection)
    connection = await pool.acquire()
    assert (await connection.execute("SHOW application_name")).rows == [("",)]
    await pool.release(connection)


async def look_at_sqlite(connection: Any) -> list[Any]:
    look = (
        "SELECT count(*) FROM sqlite_temp_master",
        "PRAGMA foreign_keys",
        "SELECT count(*) FROM pragma_database_list WHERE name NOT IN ('main', 'temp')",
    )
    return [(await connection.execute(sql)).rows[0][0] for sql in look]


@on("sqlite")
@pytest.mark.parametrize("where", ["file", "memory"])
async def test_a_session_of_sqlite_is_cleaned(one: Database, tmp_path: Path, where: str) -> None:
    name = {} if where == "file" else {"NAME": ":memory:"}
    pool = one.driver({"pool": {"max_size": 1}}, **name).make_pool()
    one.opened.append(pool)
    connection = await pool.acquire()
    await connection.execute("CREATE TABLE kept (a)")
    clean = await look_at_sqlite(connection)
    assert clean == [0, 1, 0]
    await pool.release(connection)
    for changes in (
        ["PRAGMA foreign_keys = OFF"],
        ["CREATE TEMP TABLE mine (a)", 'CREATE TEMP VIEW "a""b" AS SELECT * FROM mine'],
        ["CREATE TEMP TRIGGER t AFTER INSERT ON kept BEGIN SELECT 1; END"],
        [f"ATTACH '{tmp_path / 'other.sqlite3'}' AS other"],
    ):
        connection = await pool.acquire()
        for change in changes:
            await connection.execute(change)
        assert await look_at_sqlite(connection) != clean
        await pool.release(connection)
        connection = await pool.acquire()
        assert await look_at_sqlite(connection) == clean
        assert (await connection.execute("SELECT count(*) FROM kept")).rows == [(0,)]
        await pool.release(connection)
    if where == "file":
        connection = await pool.acquire()
        await connection.execute("DROP TABLE kept")
        await pool.release(connection)
