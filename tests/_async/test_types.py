"""Types, value by value: what one side writes the other reads, equal in type and value."""

from __future__ import annotations

from typing import Any

import pytest

from tests.app.models import Specimen
from tests.app.stock import stock
from tests.app.values import ONE_BY_ONE
from tests.differential.normal import normal

pytestmark = pytest.mark.usefixtures("db")

each_value = pytest.mark.parametrize(
    ("field", "value"),
    ONE_BY_ONE,
    ids=[f"{field}-{number}" for number, (field, _) in enumerate(ONE_BY_ONE)],
)


def stock_create(field: str, value: Any) -> int:
    """Write a value with stock Django; return the key."""
    key: int = stock(lambda: Specimen.objects.create(name="new", **{field: value}).pk)
    return key


def stock_save(key: int, field: str, value: Any) -> None:
    """Change a value of a row with stock Django."""

    def save() -> None:
        obj = Specimen.objects.get(pk=key)
        setattr(obj, field, value)
        obj.save(update_fields=[field])

    stock(save)


def stock_read(key: int, field: str) -> Any:
    """Read a value with stock Django, as a row has it and as an object has it."""
    row = stock(lambda: Specimen.objects.values_list(field).get(pk=key))
    obj = stock(lambda: Specimen.objects.get(pk=key))
    return normal([row, column(obj, field)])


def column(obj: Any, field: str) -> Any:
    return vars(obj)[obj._meta.get_field(field).attname]


@each_value
async def test_what_stock_django_writes_is_read_the_same(field: str, value: Any) -> None:
    key = stock_create(field, value)
    row = await Specimen.vinyl.values_list(field).get(pk=key)
    obj = await Specimen.vinyl.get(pk=key)
    assert normal([row, column(obj, field)]) == stock_read(key, field)


@each_value
async def test_what_is_created_is_stored_as_stock_django_stores_it(field: str, value: Any) -> None:
    key = stock_create(field, value)
    obj = await Specimen.vinyl.create(name="new", **{field: value})
    assert stock_read(obj.pk, field) == stock_read(key, field)


@each_value
async def test_what_an_object_updates_is_stored_as_stock_django_stores_it(
    field: str, value: Any
) -> None:
    stock_save(3, field, value)
    obj = await Specimen.vinyl.get(pk=1)
    await obj.update(**{field: value})
    assert stock_read(1, field) == stock_read(3, field)


@each_value
async def test_what_a_queryset_updates_is_stored_as_stock_django_stores_it(
    field: str, value: Any
) -> None:
    stock(lambda: Specimen.objects.filter(pk=3).update(**{field: value}))
    assert await Specimen.vinyl.filter(pk=1).update(**{field: value}) == 1
    assert stock_read(1, field) == stock_read(3, field)


@each_value
async def test_a_value_finds_the_rows_that_it_finds_with_stock_django(
    field: str, value: Any
) -> None:
    stock_create(field, value)
    condition = {f"{field}__isnull": True} if value is None else {field: value}
    expected = stock(lambda: list(Specimen.objects.filter(**condition).values_list("pk")))
    assert list(await Specimen.vinyl.filter(**condition).values_list("pk")) == expected


async def test_an_object_in_memory_keeps_what_it_was_given() -> None:
    given = {"decimal": "2.50", "date": "2024-02-29", "uuid": "1" * 32, "integer": "7"}
    expected = stock(lambda: Specimen.objects.create(name="new", **given))
    obj = await Specimen.vinyl.create(name="new", **given)
    for name in given:
        assert normal(column(obj, name)) == normal(column(expected, name))


async def test_generated_and_default_columns_are_known_after_create() -> None:
    obj = await Specimen.vinyl.create(name="new", integer=7)
    expected = stock(lambda: Specimen.objects.create(name="new", integer=7))
    if "integer_or_zero" in vars(expected):
        assert normal(obj.integer_or_zero) == normal(7)
        assert normal(obj.with_db_default) == normal(42)
    assert (await Specimen.vinyl.get(pk=obj.pk)).integer_or_zero == 7
