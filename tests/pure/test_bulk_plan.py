"""bulk_create as a plan, where a database does not return the rows of a bulk insert."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import NotSupportedError

from tests.app.models import Genre, Patron, Person
from tests.pure.conftest import play
from vinyl.plans.bulk import Conflicts, bulk_create, inserting
from vinyl.sql.result import Result

NONE = Conflicts(None, [], [])


@pytest.fixture
def silent(dialect: Any) -> Any:
    """Return the dialect of a database that gives back no more than the last automatic key."""
    base = type(dialect.features)
    gives = {"can_return_columns_from_insert": False, "can_return_rows_from_bulk_insert": False}
    dialect.features.__class__ = type(base.__name__, (base,), gives)
    return dialect


def creating(dialect: Any, model: Any, objs: list[Any]) -> Any:
    return bulk_create(dialect, model, objs, inserting(dialect, model, None, NONE))


def test_parents_without_keys_are_inserted_one_by_one(silent: Any) -> None:
    patrons = [Patron(name=f"{n}", level=n) for n in range(2)]
    plan = creating(silent, Patron, patrons)
    keys = iter((7, 8))
    statements = []

    try:
        statement = next(plan)
        while True:
            statements.append(statement)
            key = next(keys, None)
            statement = plan.send(Result([], 1, key))
    except StopIteration:
        pass
    tables = [sql.split('"')[1] for sql, _ in statements]
    assert tables == ["shop_person", "shop_person", "shop_customer", "shop_patron"]
    assert [patron.pk for patron in patrons] == [7, 8]


def test_a_table_without_children_takes_one_statement(silent: Any) -> None:
    genres = [Genre(code=code, name="x") for code in "ab"]
    statements, _ = play(creating(silent, Genre, genres))
    assert len(statements) == 1


def test_parents_whose_keys_nobody_knows_are_refused(silent: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(Person._meta, "auto_field", None)
    with pytest.raises(NotSupportedError, match=r"shop\.Person"):
        play(creating(silent, Patron, [Patron(name="x")]))
