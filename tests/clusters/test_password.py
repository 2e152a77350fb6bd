"""A PostgreSQL server that asks for passwords, as those on this machine need not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connections

import vinyl
from tests.clusters import postgresql
from vinyl._runtime._async.databases import database

SECRET = "s3cret-pa55word"


@pytest.fixture
def guarded(primary: postgresql.Node, alias: Callable[..., str]) -> dict[str, Any]:
    """A role with a password, which the server wants to see."""
    alias("open", primary.entry())
    rules = primary.data / "pg_hba.conf"
    trusted = rules.read_text(encoding="utf-8")
    if "guarded" not in trusted:
        rules.write_text(f"host all guarded 127.0.0.1/32 scram-sha-256\n{trusted}")
        with connections["open"].cursor() as cursor:
            cursor.execute("DROP ROLE IF EXISTS guarded")
            cursor.execute(f"CREATE ROLE guarded LOGIN PASSWORD '{SECRET}'")
            cursor.execute("SELECT pg_reload_conf()")
    return primary.entry(USER="guarded")


async def test_a_wrong_password_is_one_clear_error_without_it(
    guarded: dict[str, Any],
    alias: Callable[..., str],
    pools: None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    alias("right", guarded | {"PASSWORD": SECRET})
    alias("wrong", guarded | {"PASSWORD": f"not-{SECRET}"})
    alias("without", guarded)
    async with asyncio.timeout(10):
        while True:  # the server reads its rules anew when it comes to it
            try:
                await vinyl.connections["without"].execute("SELECT 1")
            except OperationalError as exc:
                assert "no password supplied" in str(exc)  # noqa: PT017
                break
            await vinyl.connections["without"].close()
    assert (await vinyl.connections["right"].execute("SELECT 1")).rows == [(1,)]
    with pytest.raises(OperationalError, match="authentication failed") as caught:
        await vinyl.connections["wrong"].execute("SELECT 1")
    on = database("wrong")
    shown = [repr(caught.value), repr(caught.value.__cause__), repr(on), repr(on.pool)]
    shown += [repr(on.driver), caplog.text]
    assert not [text for text in shown if SECRET in text]
