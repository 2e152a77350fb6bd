"""Validation in the sync twin: Django's code on Django's connections, vinyl runs what it reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

import vinyl
from tests.app.models import Genre
from vinyl.stock import SQLCompiler

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def databases_are_there(snapshots: Any) -> Iterator[None]:
    yield
    connection.close()


def test_djangos_own_compilers_run_no_query_of_validation(monkeypatch: pytest.MonkeyPatch) -> None:
    genre = Genre.vinyl(code="pop", name="Pop again")

    def refuse(self: Any, *args: Any, **kwargs: Any) -> None:
        raise AssertionError("Django's compiler ran")

    monkeypatch.setattr(SQLCompiler, "execute_sql", refuse)
    with CaptureQueriesContext(connection) as captured, pytest.raises(ValidationError) as caught:
        genre.full_clean()
    assert "code" in caught.value.message_dict
    assert all(query["sql"].startswith("SELECT") for query in captured)
    assert len(captured) >= 1


def test_a_validator_may_write_read_and_begin_transactions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[Any] = []

    def validator(value: str) -> None:
        with transaction.atomic():
            Genre.objects.create(code="byway", name="By the way")
            with transaction.atomic():
                Genre.objects.filter(code="byway").update(name="Changed")
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM shop_genre WHERE name = 'Changed'")
            seen.append(cursor.fetchone()[0])
        seen.append([genre.name for genre in Genre.objects.filter(code="byway")])
        seen.append([genre.code for genre in Genre.objects.filter(code="byway").iterator()])
        seen.append(Genre.vinyl.get(code="byway").name)
        seen.append(list(Genre.objects.none()))
        seen.append(Genre.objects.filter(code="byway").extra(select={"one": "1"}).get().one)

    field = Genre._meta.get_field("name")
    monkeypatch.setattr(field, "_validators", [validator])
    monkeypatch.delitem(field.__dict__, "validators", raising=False)
    try:
        Genre.vinyl(code="new", name="New").clean_fields()
    finally:
        field.__dict__.pop("validators", None)
    assert seen == [1, ["Changed"], ["byway"], "Changed", [], 1]
    assert not connection.in_atomic_block
    assert Genre.objects.get(code="byway").name == "Changed"


def test_the_connections_are_djangos_again_afterwards() -> None:
    before = connections["default"]
    with vinyl.atomic():
        with pytest.raises(ValidationError):
            Genre.vinyl(code="pop", name="Pop").validate_unique()
        assert connections["default"] is before
        assert connection.in_atomic_block
    assert connections["default"] is before
