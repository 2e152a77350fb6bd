"""UPDATE as a plan: one statement, or more where the columns are spread over tables."""

from __future__ import annotations

from typing import Any

from tests.app.models import Album, Patron
from tests.pure.conftest import play
from vinyl.compat import SAVE_READS_BACK
from vinyl.plans.saving import insert, update_object
from vinyl.plans.updating import update
from vinyl.sql.door import stop


def updating(dialect: Any, queryset: Any, **values: Any) -> Any:
    """Return the plan of a queryset's update()."""
    at_door = queryset.using(dialect.vinyl_door)
    return update(stop(lambda: at_door.update(**values)))


def test_own_columns_take_one_statement(dialect: Any) -> None:
    statements, count = play(
        updating(dialect, Album.objects.filter(pk=1), title="x"), lambda sql, params: 5
    )
    assert [sql.split()[:2] for sql, _ in statements] == [["UPDATE", '"shop_album"']]
    assert count == 5


def test_columns_of_a_parent_are_updated_by_the_keys_read_first(dialect: Any) -> None:
    def answer(sql: str, params: Any) -> list[Any] | int:
        return [(4,), (7,)] if sql.startswith("SELECT") else 2

    statements, count = play(
        updating(dialect, Patron.objects.filter(level__gt=0), name="x", level=3), answer
    )
    assert [sql.split()[0] for sql, _ in statements] == ["SELECT", "UPDATE", "UPDATE"]
    assert [params[1:] for _, params in statements[1:]] == [(4, 7), (4, 7)]
    assert count == 2


def test_nothing_found_updates_nothing(dialect: Any) -> None:
    statements, count = play(updating(dialect, Patron.objects.filter(level=9), name="x"))
    assert [sql.split()[0] for sql, _ in statements] == ["SELECT"]
    assert count == 0


def test_an_object_updates_the_columns_named_and_no_others(dialect: Any) -> None:
    album = Album(pk=3, title="New title", artist_id=1)

    def answer(sql: str, params: Any) -> list[Any] | int:
        return [("NEW TITLE",)] if "RETURNING" in sql else 1

    statements, found = play(update_object(dialect, album, {"title"}, LookupError), answer)
    ((sql, params),) = statements
    assert sql.startswith('UPDATE "shop_album" SET "title" = %s WHERE "shop_album"."id" = %s')
    assert params == ("New title", 3)
    assert found is True
    if SAVE_READS_BACK:
        assert album.title_upper == "NEW TITLE"


def test_an_object_whose_row_is_gone_was_not_updated(dialect: Any) -> None:
    album = Album(pk=3, title="New title", artist_id=1)
    _, found = play(update_object(dialect, album, {"title"}, LookupError), lambda sql, params: 0)
    assert found is False


def test_a_child_of_parents_is_inserted_from_the_top(dialect: Any) -> None:
    patron = Patron(name="Zoë", email="z@example.org", level=1)
    given = iter((41, 42, 43))

    def answer(sql: str, params: Any) -> list[Any] | int:
        return [(next(given),)] if "RETURNING" in sql else 1

    statements, _ = play(insert(dialect, patron), answer)
    tables = [sql.split()[2] for sql, _ in statements]
    assert tables == ['"shop_person"', '"shop_customer"', '"shop_patron"']
    assert patron.pk == 41
    assert patron.person_ptr_id == 41
