"""Deadlines of the sync twin, in generators and with the other mode's syntax."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextvars import copy_context

import pytest
from django.db import connection, transaction

import vinyl
from vinyl.deadlines import seconds_left


def numbers() -> Generator[int, None, None]:
    with vinyl.deadline(20):
        yield 1


def test_left_early_in_a_generator_it_ends_with_that() -> None:
    generator = numbers()
    assert next(generator) == 1
    copy_context().run(generator.close)
    assert seconds_left() is None


def test_an_async_with_says_what_to_write() -> None:
    async def work() -> None:
        with vinyl.async_mode(False):
            async with vinyl.deadline(20):
                pass

    with pytest.raises(vinyl.WrongMode, match=r"`with vinyl\.deadline"):
        asyncio.run(work())


def test_a_plain_with_is_right_in_a_loop_where_the_mode_says_so() -> None:
    async def work() -> float | None:
        with vinyl.async_mode(False), vinyl.deadline(20):
            return seconds_left()

    assert 0 < (asyncio.run(work()) or 0) <= 20


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the others have no SET LOCAL")
def test_without_autocommit_the_limit_ends_with_its_statement(db: None) -> None:
    transaction.set_autocommit(False)
    try:
        with vinyl.deadline(20):
            assert vinyl.connection.fetch_value("SHOW statement_timeout") == "0"
            assert vinyl.connection.fetch_value("SELECT 1") == 1
        assert vinyl.connection.fetch_value("SHOW statement_timeout") == "0"
    finally:
        transaction.rollback()
        transaction.set_autocommit(True)
