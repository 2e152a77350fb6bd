"""What is MySQL's own: values as mysqlclient gives them, session state, options."""
# ruff: noqa: DTZ001 - the database's values have no time zone

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import django.db
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils.safestring import mark_safe
from pymysql.constants import CLIENT
from pymysql.err import InterfaceError, OperationalError

from vinyl._runtime._async.drivers.mysql import _CLEAN, _DIRTY, _FOREIGN, _trace
from vinyl._runtime._async.drivers.mysql_protocol import Columns, Reader

from .support import Server, on

pytestmark = on("mysql")

COLUMNS = {
    "c_tiny": ("tinyint", [0, -128, 127, None]),
    "c_bool": ("bool", [0, 1, None]),
    "c_small": ("smallint", [-32768, 32767]),
    "c_medium": ("mediumint", [-8388608, 8388607]),
    "c_int": ("int", [-(2**31), 2**31 - 1]),
    "c_big": ("bigint", [-(2**63), 2**63 - 1]),
    "c_ubig": ("bigint unsigned", [0, 2**64 - 1]),
    "c_float": ("float", [1.5, -0.25, 1e10]),
    "c_double": ("double", [0.1, -1e300, 1e-300]),
    "c_decimal": ("decimal(30,10)", [Decimal("1.10"), Decimal("-0.0000000001"), None]),
    "c_date": ("date", [dt.date(1, 1, 1), dt.date(9999, 12, 31), "0000-00-00", None]),
    "c_datetime": (
        "datetime",
        [dt.datetime(2024, 2, 29, 23, 59, 59), "0000-00-00 00:00:00", "2024-00-10 01:02:03"],
    ),
    "c_datetime3": ("datetime(3)", [dt.datetime(2024, 1, 1, 1, 2, 3, 123000)]),
    "c_datetime6": ("datetime(6)", [dt.datetime(1000, 1, 1, 0, 0, 0, 1), None]),
    "c_timestamp": ("timestamp(6) NULL", [dt.datetime(2001, 2, 3, 4, 5, 6, 7), None]),
    "c_time": ("time", [dt.time(0, 0), dt.time(23, 59, 59), None]),
    "c_time6": ("time(6)", [dt.time(1, 2, 3, 4), dt.time(12, 0)]),
    "c_year": ("year", [1999, 0]),
    "c_char": ("char(10)", ["", "abc", "äöü€", "😀"]),
    "c_varchar": ("varchar(100)", ["", "a'b\\c\"d%e\n\r\0\x1a", "日本"]),
    "c_text": ("longtext", ["x" * 300, "y" * 70_000, "", None]),
    "c_enum": ("enum('a','b')", ["a", "b", None]),
    "c_set": ("set('a','b')", ["a,b", "", None]),
    "c_binary": ("binary(4)", [b"\x00\xff\x27\x5c", b"ab"]),
    "c_varbinary": ("varbinary(100)", [b"", bytes(range(100)), None]),
    "c_blob": ("longblob", [bytes(range(256)) * 300, b"'\\\"%s\0", b""]),
    "c_json": ("json", ['{"a": [1, null, "ä"]}', "null", None]),
    "c_bit": ("bit(10)", [5, 1023]),
    "c_bit1": ("bit(1)", [0, 1]),
    "c_bin_collation": ("varchar(10) COLLATE utf8mb4_bin", ["aB", None]),
    "c_latin": ("varchar(10) CHARACTER SET latin1", ["é", None]),
    "c_ascii": ("char(5) CHARACTER SET ascii", ["abc"]),
    "c_uuid": ("uuid", [uuid.UUID(int=5), None]),
    "c_inet": ("inet6", ["::1", None]),
    "c_point": ("point", [None]),
}


def stored(one: Server, column: str) -> tuple[str, str, list[Any]]:
    kind, values = COLUMNS[column]
    return f"t_{column}", kind, values


def same(ours: list[Any], theirs: list[Any]) -> None:
    assert ours == theirs
    assert [[type(v) for v in row] for row in ours] == [[type(v) for v in row] for row in theirs]


@pytest.mark.parametrize("column", COLUMNS)
async def test_values_written_and_read_are_those_of_mysqlclient(one: Server, column: str) -> None:
    table, kind, values = stored(one, column)
    relaxed = {"init_command": "SET SESSION sql_mode = ''"}
    connection = await one.connect(relaxed)
    if connection.raw.server_version.find("MariaDB") < 0 and kind in ("uuid", "inet6"):
        pytest.skip("a type of MariaDB")
    await connection.execute(f"DROP TABLE IF EXISTS {table}")
    await connection.execute(f"CREATE TABLE {table} (id int AUTO_INCREMENT PRIMARY KEY, v {kind})")
    for value in values:
        await connection.execute(f"INSERT INTO {table} (v) VALUES (%s)", [value])
    query = f"SELECT v FROM {table} ORDER BY id"
    ours = (await connection.execute(query)).rows
    same(ours, await one.stock_async(query))
    assert len(ours) == len(values)
    # The same again with mysqlclient as the writer: what reached the server is the same, too.
    await connection.execute(f"DELETE FROM {table}")
    for value in values:
        await asyncio.to_thread(write, one, relaxed, table, value)
    same((await connection.execute(query)).rows, ours)


def write(one: Server, options: dict[str, Any], table: str, value: Any) -> None:
    wrapper = one.wrapper(options)
    try:
        with wrapper.cursor() as cursor:
            cursor.execute(f"INSERT INTO {table} (v) VALUES (%s)", [value])
    finally:
        wrapper.close()


EXPRESSIONS = [
    "NULL",
    "1 + 1",
    "1 / 3",
    "1e0",
    "TRUE",
    "'text'",
    "_binary 'bytes'",
    "X'00ff'",
    "0x41",
    "b'101'",
    "CONCAT('a', 1)",
    "CONCAT(1, 2)",
    "CAST('5' AS UNSIGNED)",
    "CAST(1.25 AS CHAR)",
    "CAST('a' AS BINARY)",
    "COUNT(*)",
    "SUM(1)",
    "AVG(2)",
    "MAX('x')",
    "GROUP_CONCAT('x')",
    "COALESCE(NULL, 'x')",
    "COALESCE(NULL, _binary 'x')",
    "DATE('2024-01-02')",
    "CAST('2024-01-02 03:04:05.6' AS DATETIME(6))",
    "TIMESTAMPADD(HOUR, 1, '2024-01-02 03:04:05')",
    "CAST('2024-01-02' AS DATETIME)",
    "CAST('11:12:13' AS TIME)",
    "CAST('11:12:13.5' AS TIME(3))",
    "TIMEDIFF('10:00:00', '09:30:00')",
    "YEAR('2024-01-02')",
    "UUID() = UUID()",
    "JSON_OBJECT('a', 1)",
    "JSON_EXTRACT('[1, \"ä\"]', '$[1]')",
    "JSON_ARRAYAGG(1)",
    "JSON_QUOTE('a')",
    "HEX('a')",
    "UNHEX('61')",
    "MD5('a')",
    "SHA1('a')",
    "COMPRESS('a')",
    "INET6_ATON('::1')",
    "VERSION()",
    "DATABASE()",
    "USER() = ''",
    "@@sql_mode",
    "@@autocommit",
    "LAST_INSERT_ID()",
    "ST_GeomFromText('POINT(1 2)')",
    "ST_AsText(ST_GeomFromText('POINT(1 2)'))",
    "REPEAT('a', 70000)",
    "BIT_AND(1)",
    "IF(1, 'a', 2)",
    "CASE WHEN 1 THEN 1.5 ELSE 'x' END",
    "@@max_allowed_packet",
    "CONVERT('é' USING latin1)",
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
async def test_expressions_give_the_values_of_mysqlclient(one: Server, expression: str) -> None:
    connection = await one.connect()
    query = f"SELECT {expression} AS v"
    result = await connection.execute(query)
    same(result.rows, await one.stock_async(query))
    wrapper = one.wrapper()
    description = await asyncio.to_thread(describe, wrapper, query)
    assert [column[:2] for column in result.description] == [c[:2] for c in description]


def describe(wrapper: Any, query: str) -> Any:
    try:
        with wrapper.cursor() as cursor:
            cursor.execute(query)
            return cursor.description
    finally:
        wrapper.close()


PARAMETERS = [
    *(1, -(2**63), True, None, 1.5, 1e300, -0.0, Decimal("1.50"), Decimal("1E+3")),
    *("", "a'b\\c\"d\n\r\0\x1a%s%%", "😀", "\u2028", mark_safe("safe")),
    *(b"", bytes(range(128)), b"%s", uuid.UUID(int=7)),
    *(dt.date(2024, 1, 2), dt.datetime(2024, 1, 2, 3, 4, 5, 6), dt.time(1, 2, 3, 4)),
]


@pytest.mark.parametrize("value", PARAMETERS, ids=repr)
async def test_parameters_reach_the_server_as_from_mysqlclient(one: Server, value: Any) -> None:
    connection = await one.connect()
    for query in ("SELECT %s AS v", "SELECT HEX(%s) AS v"):
        same((await connection.execute(query, [value])).rows, await one.stock_async(query, [value]))


@pytest.mark.parametrize("value", [bytes(range(256)), b"", b"a'\\\0"])
async def test_bytes_reach_the_server_as_they_are(one: Server, value: bytes) -> None:
    connection = await one.connect()
    # Django writes the introducer itself, where it stores bytes.
    query = "SELECT _binary %s, HEX(%s)"
    result = await connection.execute(query, [value, value])
    assert result.rows == [(value, value.hex().upper())]
    same(result.rows, await one.stock_async(query, [value, value]))


@pytest.mark.parametrize("hours", [30, 0, -0.25, -100])
async def test_durations_reach_the_server_as_from_mysqlclient(one: Server, hours: float) -> None:
    connection = await one.connect()
    query = "SELECT TIME_TO_SEC(CAST(%s AS TIME(6)))"
    value = dt.timedelta(hours=hours)
    result = await connection.execute(query, [value])
    assert result.rows == [(value.total_seconds(),)]
    same(result.rows, await one.stock_async(query, [value]))


async def test_parameters_may_be_lists_and_names(one: Server) -> None:
    connection = await one.connect()
    result = await connection.execute("SELECT 2 IN %s, 'b' IN %s", [[1, 2], ("a", "c")])
    assert result.rows == [(1, 0)]
    result = await connection.execute("SELECT %(a)s, %(b)s, '%%'", {"a": 1, "b": "x"})
    assert result.rows == [(1, "x", "%")]


async def test_a_wrong_number_of_parameters_is_a_programming_error(one: Server) -> None:
    driver = one.driver()
    connection = await one.connect()
    with pytest.raises(driver.errors.ProgrammingError, match="not enough arguments") as caught:
        await connection.execute("SELECT %s, %s", [1])
    assert driver.translate(caught.value) is django.db.ProgrammingError
    assert connection.usable


async def test_without_backslash_escapes_strings_are_safe(one: Server) -> None:
    connection = await one.connect({"sql_mode": "NO_BACKSLASH_ESCAPES"})
    value = "a'b\\c\"; --"
    assert (await connection.execute("SELECT %s", [value])).rows == [(value,)]
    assert (await connection.execute("SELECT _binary %s", [b"a'\\\0\xff"])).rows == [
        (b"a'\\\0\xff",)
    ]


async def test_a_value_that_cannot_be_decoded_leaves_the_connection_in_step(one: Server) -> None:
    connection = await one.connect()
    query = "SELECT CAST('-25:00:00' AS TIME) UNION ALL SELECT CAST('01:00:00' AS TIME)"
    with pytest.raises(ValueError, match="hour"):
        await connection.execute(query)
    with pytest.raises(ValueError, match="hour"):
        await one.stock_async(query)
    assert (await connection.execute("SELECT 1")).rows == [(1,)]


async def test_big_statements_and_values_pass(one: Server) -> None:
    connection = await one.connect()
    limit = (await connection.execute("SELECT @@max_allowed_packet")).rows[0][0]
    size = min(limit - 1000, 17_000_000)
    result = await connection.execute("SELECT %s, LENGTH(%s)", [b"x" * (size // 2), "y"])
    assert result.rows == [(b"x" * (size // 2), 1)] or len(result.rows[0][0]) == size // 2
    for length in (2**24 - 6, 2**24 - 5, 2**24 - 4, 2**24 + 10):
        rows = (await connection.execute(f"SELECT REPEAT('a', {length})")).rows
        assert rows == [(None,)] or len(rows[0][0]) == length
    assert (await connection.execute("SELECT 1")).rows == [(1,)]


@pytest.mark.parametrize("packets", [1, 3])
async def test_a_statement_that_is_too_large_gets_the_servers_error(
    one: Server, packets: int
) -> None:
    pool = one.pool(max_size=1)
    connection = await pool.acquire()
    limit = (await connection.execute("SELECT @@max_allowed_packet")).rows[0][0]
    if limit > 2**26:
        pytest.skip("too much for a test")
    sql, value = "SELECT LENGTH(%s)", "x" * (limit + packets * 2**24)
    for way in ("execute", "stream"):
        if not connection.usable:  # the server has closed it
            await pool.release(connection)
            connection = await pool.acquire()
        with pytest.raises(pool.driver.errors.OperationalError, match="max_allowed_packet"):
            await getattr(connection, way)(sql, [value])
        if connection.usable:
            assert (await connection.execute("SELECT 1")).rows == [(1,)]
    await pool.release(connection)
    connection = await pool.acquire()
    assert (await connection.execute("SELECT 1")).rows == [(1,)]
    await pool.release(connection)


def read(size: int, *packets: tuple[int, bytes]) -> Reader:
    """Read the answer to a command of so many bytes, from packets with their numbers."""
    reader = Reader(Columns({}, "utf8"), size)
    for number, packet in packets:
        reader.feed(len(packet).to_bytes(3, "little") + bytes((number,)) + packet)
    return reader


OK = b"\x00\x01\x00\x02\x00\x00\x00"
TOO_LARGE = b"\xff\x81\x04#08S01Got a packet bigger than 'max_allowed_packet' bytes"


@pytest.mark.parametrize(
    ("size", "number"),
    [(0, 1), (2**24 - 3, 1), (2**24 - 2, 2), (2 * (2**24 - 1) - 1, 3), (2**32 - 256, 1)],
)
def test_an_answer_is_numbered_on_from_the_packets_of_its_command(
    made_one: Server, size: int, number: int
) -> None:
    reader = read(size, (number, OK))
    assert reader.done
    assert reader.result is not None
    assert reader.result.rowcount == 1
    with pytest.raises(InterfaceError, match="out of order"):
        read(size, (number + 1, OK))


@pytest.mark.parametrize("number", [0, 2, 3])
def test_a_server_may_refuse_a_command_that_it_has_not_read(made_one: Server, number: int) -> None:
    reader = read(2**26, (number, TOO_LARGE))
    assert reader.done
    assert isinstance(reader.error, OperationalError)
    assert reader.error.args[0] == 1153
    rows = [b"\x01", b"\x03def" + b"\x00" * 5 + b"\x0c" + b"\x00" * 12, b"\xfe" + b"\x00" * 4]
    answer = [(5 + index, packet) for index, packet in enumerate(rows)]
    with pytest.raises(InterfaceError, match="out of order"):
        read(2**26, *answer, (number, TOO_LARGE))


async def test_a_connection_that_ends_on_a_large_statement_tells_of_the_limit(one: Server) -> None:
    connection = await one.connect()
    running = asyncio.create_task(connection.execute("SELECT SLEEP(20), %s", ["x" * 2**24]))
    await asyncio.sleep(0)
    connection.raw._reader.set_exception(ConnectionResetError())
    with pytest.raises(OperationalError, match=r"Lost .* 167772\d\d bytes.*max_allowed_packet"):
        await running
    assert not connection.usable


async def test_the_error_codes_that_django_reclassifies(one: Server) -> None:
    driver = one.driver()
    connection = await one.connect()
    await connection.execute("CREATE TABLE checked (v int NOT NULL CHECK (v > 5))")
    for value in (1, None):
        with pytest.raises(driver.errors.Error) as caught:
            await connection.execute("INSERT INTO checked VALUES (%s)", [value])
        assert driver.translate(caught.value) is django.db.IntegrityError


async def test_several_results_of_one_command_are_all_read(one: Server) -> None:
    connection = await one.connect()
    result = await connection.execute("DO 1; SELECT 'a'; SELECT 'b'")
    assert result.rows == [("a",)]
    driver = one.driver()
    with pytest.raises(driver.errors.ProgrammingError):
        await connection.execute("SELECT 1; SELEC 2")
    assert (await connection.execute("SELECT 3")).rows == [(3,)]


@pytest.mark.parametrize(
    ("options", "several"),
    [
        ({"multi_statements": True}, True),
        ({"multi_statements": False}, False),
        ({"multi_statements": False, "client_flag": CLIENT.MULTI_STATEMENTS}, True),
    ],
    ids=str,
)
async def test_several_statements_are_taken_or_refused_as_by_django(
    one: Server, options: dict[str, Any], several: bool
) -> None:
    driver = one.driver(options)
    connection = await one.connect(options)

    async def ours(sql: str) -> list[Any]:
        try:
            return (await connection.execute(sql)).rows
        except driver.errors.ProgrammingError as exc:
            return [exc.args[0]]

    def stock(sql: str) -> list[Any]:
        wrapper = one.wrapper(options)
        try:
            with wrapper.cursor() as cursor:
                cursor.execute(sql)
                return list(cursor.fetchall())
        except django.db.ProgrammingError as exc:
            return [exc.args[0]]
        finally:
            wrapper.close()

    for sql in ("SELECT 1; SELECT 2", "SELECT 1;", "SELECT ';'"):
        expected = await asyncio.to_thread(stock, sql)
        assert await ours(sql) == expected
        connection.distrust()
        await connection.reset()
        assert await ours(sql) == expected
    assert await ours("SELECT 1; SELECT 2") == ([(1,)] if several else [1064])
    # What is of several statements in vinyl itself is none the worse.
    result = await connection.execute_after(driver.begin_sql, "SELECT 1")
    assert result.rows == [(1,)]
    assert connection.in_transaction
    assert (await connection.execute_within(5, "SELECT 2")).rows == [(2,)]
    stream = await connection.stream("SELECT 3")
    assert await stream.fetch(2) == [(3,)]
    await connection.execute("ROLLBACK")


async def test_lastrowid_and_returning(one: Server) -> None:
    connection = await one.connect()
    await connection.execute("CREATE TABLE counted (id int AUTO_INCREMENT PRIMARY KEY, v int)")
    assert (await connection.execute("INSERT INTO counted (v) VALUES (5), (6)")).lastrowid == 1
    assert (await connection.execute("INSERT INTO counted (v) VALUES (7)")).lastrowid == 3
    if "MariaDB" in connection.raw.server_version:
        result = await connection.execute("INSERT INTO counted (v) VALUES (8) RETURNING id, v")
        assert result.rows == [(4, 8)]


async def test_two_tasks_on_one_connection_are_told_apart(one: Server) -> None:
    connection = await one.connect()
    first = asyncio.create_task(connection.execute("SELECT SLEEP(0.05), 1"))
    await asyncio.sleep(0)
    with pytest.raises(one.driver().errors.InterfaceError, match="one statement at a time"):
        await connection.execute("SELECT 2")
    assert (await first).rows == [(0, 1)]


async def test_a_deadlock_ends_the_transaction(one: Server) -> None:
    driver = one.driver()
    first, second = await one.connect(), await one.connect()
    await first.execute("INSERT INTO item (id, name) VALUES (1, 'a'), (2, 'b')")
    for connection, key in ((first, 1), (second, 2)):
        await connection.execute(driver.begin_sql)
        await connection.execute("UPDATE item SET name = NULL WHERE id = %s", [key])
    results = await asyncio.gather(
        first.execute("UPDATE item SET name = NULL WHERE id = 2"),
        second.execute("UPDATE item SET name = NULL WHERE id = 1"),
        return_exceptions=True,
    )
    lost = [c for c, r in zip((first, second), results, strict=True) if isinstance(r, Exception)]
    assert len(lost) == 1
    assert not lost[0].in_transaction
    for connection in (first, second):
        await connection.execute("ROLLBACK")


# The session.


SESSION = (
    "SELECT @@sql_mode, @@autocommit, @@sql_auto_is_null, @@character_set_client,"
    " @@collation_connection, @@character_set_results, @@time_zone, @@foreign_key_checks, {level}"
)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"isolation_level": "serializable"},
        {"isolation_level": None},
        {"init_command": "SET SESSION sql_mode='ANSI'; SET time_zone='+03:00';"},
        {"sql_mode": "TRADITIONAL", "collation": "utf8mb4_unicode_ci"},
        {"charset": "latin1"},
    ],
    ids=str,
)
async def test_the_session_is_set_up_as_django_does(one: Server, options: dict[str, Any]) -> None:
    connection = await one.connect(options)
    name = "tx_isolation" if "MariaDB" in connection.raw.server_version else "transaction_isolation"
    query = SESSION.format(level=f"@@{name}")

    def stock() -> Any:
        wrapper = one.wrapper(options)
        try:
            with wrapper.cursor() as cursor:
                cursor.execute(query)
                return cursor.fetchall()
        finally:
            wrapper.close()

    expected = list(await asyncio.to_thread(stock))
    assert (await connection.execute(query)).rows == expected
    # The statements of a user leave nothing for the next one.
    await connection.execute("SET foreign_key_checks = 0, time_zone = '+05:00', NAMES utf8mb3")
    await connection.reset()
    assert (await connection.execute(query)).rows == expected


@pytest.mark.parametrize(
    ("sql", "trace"),
    [
        ("SELECT 1", _CLEAN),
        ("  (SELECT 1) UNION (SELECT 2)", _CLEAN),
        ("/* note */ select 1", _CLEAN),
        ("INSERT INTO a VALUES (%s) RETURNING id", _CLEAN),
        ("SAVEPOINT x", _CLEAN),
        ("WITH a AS (SELECT 1) SELECT * FROM a USE INDEX (b)", _CLEAN),
        ("SELECT @a := 1", _DIRTY),
        ("SELECT 1 INTO @a", _DIRTY),
        ("SET foreign_key_checks=0", _DIRTY),
        ("SELECT GET_LOCK('a', 1)", _DIRTY),
        ("CREATE TEMPORARY TABLE t (a int)", _DIRTY),
        ("/*!50000 SET sql_mode='' */", _DIRTY),
        ("SELECT 1 /*!, @a := 5 */", _DIRTY),
        ("LOCK TABLES a READ", _DIRTY),
        ("CALL anything()", _DIRTY),
        ("SELECT 1; SET a = 1", _DIRTY),
        ("SET @role = 'x', @use = 1", _DIRTY),
        ("SELECT @a := u.role FROM u USE INDEX (b)", _DIRTY),
        ("USE mysql", _FOREIGN),
        ("SELECT 1; use mysql", _FOREIGN),
        ("# note\nUSE mysql", _FOREIGN),
        ("-- note\nUSE mysql", _FOREIGN),
        ("/*!50000 USE mysql */", _FOREIGN),
        ("/*M!100000USE mysql */", _FOREIGN),
        ("SET STATEMENT max_statement_time=1 FOR USE mysql", _FOREIGN),
        ("SET ROLE admin", _FOREIGN),
        ("SET /* note */ role NONE", _FOREIGN),
        ("SET @a = 1,ROLE admin", _FOREIGN),
        ("BEGIN NOT ATOMIC SET ROLE admin; END", _FOREIGN),
        ("EXECUTE IMMEDIATE 'USE mysql'", _FOREIGN),
        ("EXECUTE prepared USING 1", _FOREIGN),
        ("SET SESSION AUTHORIZATION other@localhost", _FOREIGN),
        ("DROP DATABASE IF EXISTS a", _FOREIGN),
        ("drop schema a", _FOREIGN),
        ("DROP TABLE a", _CLEAN),
    ],
)
def test_what_a_statement_may_leave_behind(made_one: Server, sql: str, trace: int) -> None:
    assert _trace(sql) == trace


async def test_the_next_user_of_a_session_finds_nothing(one: Server) -> None:
    pool = one.pool(max_size=1)
    for change in (
        "SET @secret = 'x'",
        "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE",
        "CREATE TEMPORARY TABLE mine (a int)",
        "SET SESSION sql_mode = 'ANSI'",
        "SET autocommit = 0",
        "USE mysql",
        "SELECT GET_LOCK('vinyl', 0)",
    ):
        connection = await pool.acquire()
        await connection.execute(change)
        await pool.release(connection)
        after = await pool.acquire()
        row = (
            await after.execute(
                "SELECT @secret, @@autocommit, @@sql_mode LIKE '%%ANSI%%', DATABASE(),"
                " IS_USED_LOCK('vinyl')",
                [],
            )
        ).rows[0]
        assert row == (None, 1, 0, one.name, None)
        with pytest.raises(pool.driver.errors.Error):
            await after.execute("SELECT * FROM mine")
        await pool.release(after)


async def test_neither_role_nor_database_passes_to_the_next_user(one: Server) -> None:
    pool = one.pool(max_size=1)
    role = f"{one.name}_role"
    await one.stock_async(f"CREATE ROLE {role}")
    try:
        await one.stock_async(f"GRANT {role} TO CURRENT_USER()")
        for changes in (
            [f"SET ROLE {role}"],
            ["PREPARE mine FROM 'USE mysql'", "EXECUTE mine"],
            ["# note\nUSE mysql"],
            [f"CREATE DATABASE {role}", f"USE {role}", f"DROP DATABASE {role}"],
        ):
            connection = await pool.acquire()
            query = "SELECT DATABASE(), CURRENT_ROLE()"
            before = (await connection.execute(query)).rows
            for change in changes:
                await connection.execute(change)
            assert (await connection.execute(query)).rows != before
            await pool.release(connection)
            connection = await pool.acquire()
            assert (await connection.execute(query)).rows == before
            await pool.release(connection)
    finally:
        await one.stock_async(f"DROP ROLE {role}")


async def test_an_ordinary_session_is_not_reset(one: Server) -> None:
    pool = one.pool(max_size=1)
    connection = await pool.acquire()
    await connection.execute("SELECT 1")
    before = (await connection.execute("SHOW SESSION STATUS LIKE 'Questions'")).rows[0][1]
    await pool.release(connection)
    connection = await pool.acquire()
    after = (await connection.execute("SHOW SESSION STATUS LIKE 'Questions'")).rows[0][1]
    assert int(after) == int(before) + 1
    await pool.release(connection)


@pytest.mark.parametrize("by", ["wait_timeout", "reset", "end"])
async def test_an_idle_connection_that_is_known_to_be_over_is_replaced(
    one: Server, by: str
) -> None:
    options: dict[str, Any] = {"pool": {"max_size": 1}}
    if by == "wait_timeout":
        options["init_command"] = "SET SESSION wait_timeout = 1"
    pool = one.driver(options).make_pool()
    one.opened.append(pool)
    first = await pool.acquire()
    await pool.release(first)
    stream = first.raw._reader
    if by == "wait_timeout":  # MariaDB resets the line then, MySQL says why and ends it
        async with asyncio.timeout(30):
            while not (stream.exception() or stream.eof_received):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    elif by == "reset":
        stream.set_exception(ConnectionResetError())
    else:
        stream.feed_eof()
    assert not first.usable
    second = await pool.acquire()
    assert second is not first
    assert (await second.execute("SELECT 1")).rows == [(1,)]
    await pool.release(second)
    assert pool.stats[:2] == (1, 1)


# Options.


@pytest.mark.parametrize("name", ["compress", "cursorclass", "read_timeout", "nonsense"])
def test_an_option_that_cannot_be_honoured_is_named(made_one: Server, name: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=rf"'{name}', which vinyl cannot honour"):
        made_one.driver({name: 1})


def test_a_character_set_that_there_is_not_is_named(made_one: Server) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"\['charset'\] is 'nope'.*Write 'utf8mb4'"):
        made_one.driver({"charset": "nope"})


async def test_a_password_is_sent_in_the_encoding_of_mysqlclient(one: Server) -> None:
    user, password = "vinyl_" + uuid.uuid4().hex[:12], "pé€%"
    await one.stock_async(f"CREATE USER '{user}'@'%' IDENTIFIED BY 'pé€%'")
    try:
        given = {"USER": user, "PASSWORD": password}
        await one.stock_async(f"GRANT SELECT ON {one.name}.* TO '{user}'@'%'")
        stock = one.wrapper(**given)
        await asyncio.to_thread(stock.ensure_connection)
        await asyncio.to_thread(stock.close)
        connection = await one.driver(**given).connect()
        assert (await connection.execute("SELECT 1")).rows == [(1,)]
        connection.abort()
    finally:
        await one.stock_async(f"DROP USER '{user}'@'%'")


def test_an_option_file_is_read(made_one: Server, tmp_path: Any) -> None:
    path = tmp_path / "my.cnf"
    path.write_text(
        "!includedir /nowhere\n[client]\nskip-this\nuser = 'someone'\npassword=secret\n"
        "[special]\nhost = db.example.org\nport=3307\n"
    )
    options = {"read_default_file": str(path), "read_default_group": "special"}
    settings = made_one.driver(options, USER="", PASSWORD="", HOST="", PORT="").settings
    assert settings.connect["user"] == "someone"
    assert settings.connect["password"] == "secret"
    assert (settings.connect["host"], settings.connect["port"]) == ("db.example.org", 3307)
    assert "secret" not in repr(settings)


async def test_the_servers_socket_serves_localhost(one: Server) -> None:
    driver = one.driver(HOST="", PORT="")
    if "unix_socket" not in driver.settings.connect:
        pytest.skip("no socket of a server here")
    connection = await driver.connect()
    assert (await connection.execute("SELECT 1")).rows == [(1,)]
    connection.abort()


async def test_tls_that_the_server_lacks_is_refused(one: Server) -> None:
    if (await one.stock_async("SELECT @@have_ssl")) == [("YES",)]:
        pytest.skip("the server has TLS")
    driver = one.driver({"ssl_mode": "REQUIRED"})
    with pytest.raises(driver.errors.OperationalError, match="ask for TLS"):
        await driver.connect()


async def test_the_facts_that_features_ask_for_are_djangos(one: Server) -> None:
    wrapper, stock = one.wrapper(), one.wrapper()
    connection = await one.connect()
    await one.driver().fill_server_facts(wrapper, connection)
    expected = await asyncio.to_thread(lambda: stock.mysql_server_data)
    assert wrapper.mysql_server_data == expected
    assert wrapper.mysql_version == stock.mysql_version
    assert wrapper.connection is None
    assert "temporary_connection" not in wrapper.__dict__
