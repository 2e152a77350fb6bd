"""Deletion as a plan: what is read, what is written, in which order; with no database."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import ProtectedError
from django.db.models.signals import post_delete

from tests.app.models import Album, Artist, ChartEntry, Genre
from tests.pure.conftest import play
from vinyl.plans.deletion import Collector


def verbs_and_tables(statements: list[Any]) -> list[tuple[str, str]]:
    """Return verb and table of each statement."""
    found = []
    for sql, _ in statements:
        words = sql.split()
        table = words[words.index("FROM") + 1] if "FROM" in words else words[1]
        found.append((words[0], table.strip('"')))
    return found


def test_rows_with_nothing_hanging_on_them_go_in_one_statement(dialect: Any) -> None:
    collector = Collector(dialect, None)
    entries = ChartEntry.objects.using(dialect.vinyl_door).all()
    assert play(collector.collecting(entries)) == ([], None)
    assert collector.is_single_statement()
    statements, outcome = play(collector.deleting(), lambda sql, params: 7)
    assert verbs_and_tables(statements) == [("DELETE", "shop_chartentry")]
    assert outcome == (7, {"shop.ChartEntry": 7})


def test_no_rows_to_delete_ask_for_nothing_more(dialect: Any) -> None:
    collector = Collector(dialect, None)
    genres = Genre.objects.using(dialect.vinyl_door).filter(code="none")
    collected, _ = play(collector.collecting(genres))
    assert verbs_and_tables(collected) == [("SELECT", "shop_genre")]
    assert play(collector.deleting()) == ([], (0, {}))


def test_what_hangs_on_an_object_is_deleted_with_it_and_not_after_it(dialect: Any) -> None:
    collector = Collector(dialect, None)

    def one_child(sql: str, params: Any) -> list[Any]:
        return [("child",)] if '"parent_id" IN' in sql and params == ("parent",) else []

    play(collector.collecting([Genre(code="parent", name="Parent")]), one_child)
    assert not collector.is_single_statement()
    statements, (count, labels) = play(collector.deleting())
    sql, params = statements[-1]
    assert sql.startswith('DELETE FROM "shop_genre"')
    assert params == ("parent", "child")
    assert count == len(statements)
    assert labels["shop.Genre"] == 1


def test_a_protected_object_stops_the_plan_before_it_writes(dialect: Any) -> None:
    collector = Collector(dialect, None)
    verbs = []

    def one_row_of_numbers(sql: str, params: Any) -> list[Any]:
        verbs.append(sql.split()[0])
        return [tuple(range(1, sql.split(" FROM ")[0].count(",") + 2))]

    with pytest.raises(ProtectedError) as caught:
        play(collector.collecting([Artist(pk=1, name="Artist")]), one_row_of_numbers)
    assert caught.value.protected_objects
    assert set(verbs) == {"SELECT"}


def test_signal_receivers_do_not_make_a_delete_slower(dialect: Any) -> None:
    def receiver(**kwargs: Any) -> None:
        raise AssertionError("vinyl sends no signals")

    post_delete.connect(receiver, sender=ChartEntry)
    try:
        collector = Collector(dialect, None)
        play(collector.collecting(ChartEntry.objects.using(dialect.vinyl_door).all()))
        statements, _ = play(collector.deleting())
    finally:
        post_delete.disconnect(receiver, sender=ChartEntry)
    assert len(statements) == 1


def test_an_object_is_collected_once(dialect: Any) -> None:
    collector = Collector(dialect, None)
    album = Album(pk=1)
    assert collector.add([album]) == [album]
    assert collector.add([album]) == []
