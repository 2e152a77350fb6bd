"""What a statement's text tells of what it leaves behind in the session."""

from __future__ import annotations

import pytest

from vinyl.sql.sessions import changes_postgresql, changes_sqlite


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "  (SELECT 1) UNION (SELECT 2)",
        "/* a note */ -- and another\n select 1;",
        'INSERT INTO "weather" ("temperature") VALUES (%s) RETURNING "id"',
        "WITH a AS (SELECT 1) SELECT * FROM a",
        "SELECT 1; SELECT 2; ",
        "",
        "SAVEPOINT x",
        "SET LOCAL statement_timeout = 5; SELECT 1",
        "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
        "set constraints all immediate",
        "SELECT set_config('app.tenant', %s, true)",
        "SELECT pg_advisory_xact_lock(1)",
        "DECLARE a NO SCROLL CURSOR FOR SELECT 1",
        "CREATE TABLE temperature (a int)",
        "CREATE /* a note */ TABLE temperature (a int)",
        "/* temp */ INSERT INTO a (temperature) VALUES (1) /* from='temporal'*/",
        "COPY a FROM STDIN",
        "NOTIFY a",
    ],
)
def test_what_leaves_nothing_on_postgresql(sql: str) -> None:
    assert not changes_postgresql(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SET work_mem = '1GB'",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
        "/* SELECT */ SET a.b = 1",
        "/* /* */ SELECT 1 */ SET a.b = 1",
        "-- SELECT\nSET a.b = 1",
        "RESET ALL",
        "SELECT 1; SET a.b = 1",
        "SELECT ';SELECT'; SET a.b = 1",
        "SELECT set_config('a.b', 'c', false)",
        "SELECT set_config('a.b', 'c', true), set_config('a.b', 'c', false)",
        "SELECT set_config('a.b', 'c', %s)",
        "SELECT pg_advisory_lock(1)",
        "SELECT pg_try_advisory_lock_shared(1)",
        "CREATE TEMP TABLE a (b int)",
        "create  or replace  local temporary view a AS SELECT 1",
        "SELECT 1 AS b INTO TEMP a",
        "CREATE /* c */ TEMP TABLE a (b int)",
        "CREATE/**/TEMPORARY TABLE a (b int)",
        "CREATE -- c\n TEMP TABLE a (b int)",
        "CREATE /* c /* d */ e */ OR /**/ REPLACE LOCAL -- f\n TEMP VIEW a AS SELECT 1",
        "SELECT 1 AS b INTO /* c */ TEMP a",
        "SELECT 1; CREATE /* ; */ TEMP TABLE a (b int)",
        "SET /* LOCAL */ a.b = 1",
        "SET -- LOCAL\n a.b = 1",
        "SELECT set_config('a.b', 'c', /* , true) */ false)",
        "SELECT set_config('a.b', 'c', -- , true)\n false)",
        "CREATE TABLE pg_temp.a (b int)",
        "DECLARE a CURSOR WITH HOLD FOR SELECT 1",
        "LISTEN a",
        "PREPARE a AS SELECT 1",
        "DO $$ BEGIN PERFORM 1; END $$",
        "CALL anything()",
        "LOAD 'x'",
        "DISCARD ALL",
        "?",
    ],
)
def test_what_may_leave_something_on_postgresql(sql: str) -> None:
    assert changes_postgresql(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "INSERT INTO a VALUES (';temp')",
        "replace into a values (1)",
        "CREATE TABLE a (b)",
        "PRAGMA foreign_keys",
        "pragma main.table_info('a')",
        "PRAGMA wal_checkpoint(FULL)",
        "EXPLAIN QUERY PLAN SELECT 1",
    ],
)
def test_what_leaves_nothing_on_sqlite(sql: str) -> None:
    assert not changes_sqlite(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TEMP TABLE a (b)",
        "create temporary view a AS SELECT 1",
        "CREATE TABLE temp.a (b)",
        "PRAGMA foreign_keys = OFF",
        "PRAGMA cache_size(10)",
        "ATTACH 'x' AS y",
        "DETACH y",
    ],
)
def test_what_may_leave_something_on_sqlite(sql: str) -> None:
    assert changes_sqlite(sql)


def test_a_long_statement_is_looked_at_as_well() -> None:
    long = "SELECT " + ", ".join(["1"] * 5000)
    assert not changes_postgresql(long)
    assert changes_postgresql(f"{long}; SET a.b = 1")
