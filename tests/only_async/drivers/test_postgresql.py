"""What is PostgreSQL's own: values and session as Django sets them up."""

from __future__ import annotations

import asyncio
import datetime as dt
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured

from .support import Server, on

pytestmark = on("postgresql")

EXPRESSIONS = [
    "1::bigint, 1.50::numeric, 1.5::float8, 'x'::text, NULL, TRUE",
    "'{\"a\": 1}'::jsonb, '{\"a\": 1}'::json, '1.2.3.4'::inet, '10.0.0.0/8'::cidr",
    "'2024-07-01 12:00+02'::timestamptz, '2024-07-01 12:00'::timestamp, '2024-07-01'::date",
    "'12:00'::time, '1 day 2 hours'::interval, 'abc'::bytea, ARRAY[1, NULL, 2]",
    "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid, int4range(1, 5), tstzrange(NULL, NULL)",
    "ROW(1, 'a')",
]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
@pytest.mark.parametrize("server_side", [False, True])
@pytest.mark.parametrize("expressions", EXPRESSIONS)
async def test_values_are_those_of_django(
    one: Server, expressions: str, server_side: bool, zone: str
) -> None:
    options = {"server_side_binding": server_side}
    connection = await one.connect(options, TIME_ZONE=zone)
    query = f"SELECT {expressions}, %s::int, current_setting('TimeZone')"

    def stock() -> Any:
        wrapper = one.wrapper(options, TIME_ZONE=zone)
        try:
            with wrapper.cursor() as cursor:
                cursor.execute(query, [5])
                return cursor.fetchall()
        finally:
            wrapper.close()

    ours = (await connection.execute(query, [5])).rows
    theirs = await asyncio.to_thread(stock)
    assert ours == theirs
    assert [type(v) for v in ours[0]] == [type(v) for v in theirs[0]]
    assert ours[0][-1] == zone


@pytest.mark.parametrize(
    "value",
    [
        *(1, 2**70, True, None, 1.5, Decimal("1.50"), "a'b\\", b"\0\xff'\\", [1, 2]),
        *(dt.date(2024, 1, 2), dt.datetime(2024, 1, 2, 3, tzinfo=dt.UTC), dt.time(1, 2)),
        dt.timedelta(days=1, seconds=5),
    ],
    ids=repr,
)
async def test_parameters_come_back(one: Server, value: Any) -> None:
    connection = await one.connect()
    kinds = {str: "text", type(None): "text", int: "numeric", list: "int[]"}
    cast = kinds.get(type(value), "")
    result = await connection.execute(f"SELECT %s{cast and '::' + cast}", [value])
    assert result.rows == [(value,)]


async def test_the_role_is_assumed(one: Server) -> None:
    await one.stock_async("DROP ROLE IF EXISTS \"vinyl 'role'\"")
    await one.stock_async("CREATE ROLE \"vinyl 'role'\"")
    try:
        connection = await one.connect({"assume_role": "vinyl 'role'"})
        assert (await connection.execute("SELECT current_role")).rows == [("vinyl 'role'",)]
        connection.abort()
    finally:
        await one.stock_async("DROP ROLE \"vinyl 'role'\"")


async def test_the_isolation_level_is_that_of_transactions(one: Server) -> None:
    level = psycopg.IsolationLevel.SERIALIZABLE
    driver = one.driver({"isolation_level": level})
    connection = await driver.connect()
    one.opened.append(connection)
    query = "SHOW transaction_isolation"
    await connection.execute(driver.begin_sql)
    assert (await connection.execute(query)).rows == [("serializable",)]
    await connection.execute("ROLLBACK")
    assert (await connection.execute(query)).rows == [("read committed",)]
    with pytest.raises(ImproperlyConfigured, match="99"):
        one.driver({"isolation_level": 99})


def test_a_synchronous_cursor_is_refused(made_one: Server) -> None:
    with pytest.raises(ImproperlyConfigured, match="synchronous cursor"):
        made_one.driver({"cursor_factory": psycopg.Cursor})


async def test_a_pool_opened_twice_at_once_is_one_pool(one: Server) -> None:
    pool = one.pool(max_size=2)
    held = await asyncio.gather(pool.acquire(), pool.acquire())
    extra = asyncio.create_task(pool.acquire())
    await asyncio.sleep(0.05)
    assert not extra.done()
    assert len(await asyncio.to_thread(one.sessions)) == 2
    await pool.release(held[0])
    await pool.release(await extra)
    await pool.release(held[1])


async def test_the_facts_that_features_ask_for_are_djangos(one: Server) -> None:
    wrapper = one.wrapper()
    connection = await one.connect()
    await one.driver().fill_server_facts(wrapper, connection)
    version = (await one.stock_async("SHOW server_version_num"))[0][0]
    assert wrapper.pg_version == int(version)
    assert wrapper.connection is None


MANY_VALUES: list[Any] = [
    *(1, 2**70, True, None, 1.5, Decimal("1.50"), "a'b\\ %s %% é 🎸", b"\0\xff'\\%s"),
    *(dt.date(2024, 1, 2), dt.datetime(2024, 1, 2, 3, tzinfo=dt.UTC), dt.time(1, 2)),
] * 10


async def test_many_parameters_are_bound_as_few_are(one: Server) -> None:
    connection = await one.connect()
    ((*found,),) = (
        await connection.execute("SELECT " + ", ".join(["%s"] * len(MANY_VALUES)), MANY_VALUES)
    ).rows
    each = [(await connection.execute("SELECT %s", [v])).rows[0][0] for v in MANY_VALUES[:11]]
    assert found == each * 10
    assert list(map(type, found)) == list(map(type, each)) * 10


async def test_many_parameters_beside_percent_signs(one: Server) -> None:
    connection = await one.connect()
    places = ", ".join(["%s"] * 60)
    sql = f"SELECT '100%%', 7 %% 4, 30 IN ({places})"
    assert (await connection.execute(sql, list(range(60)))).rows == [("100%", 3, True)]


@pytest.mark.parametrize("number", [59, 61])
async def test_many_parameters_that_are_too_few_or_too_many(one: Server, number: int) -> None:
    connection = await one.connect()
    places = ", ".join(["%s"] * 60)
    with pytest.raises(psycopg.ProgrammingError, match=f"60 placeholders but {number}"):
        await connection.execute(f"SELECT {places}", list(range(number)))
