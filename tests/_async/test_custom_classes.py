"""A class of the user's for the objects takes part where Django's save() and delete() would."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests._async.custom import Diary
from tests._async.recording import recorded
from tests.app.models import Imprint, Label
from tests.app.stock import stock

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def calls() -> Iterator[list[str]]:
    Diary.calls.clear()
    yield Diary.calls
    Diary.calls.clear()


def stored(code: str) -> str | None:
    """Return the name that is in the database."""
    return stock(lambda: Label.objects.filter(code=code).values_list("name", flat=True).first())


async def test_create_inserts_by_the_users_method(calls: list[str]) -> None:
    imprint = await Imprint.vinyl.create(code="new", name=" New ")
    assert calls == ["insert"]
    assert imprint.name == stored("new") == "New"


async def test_create_on_another_database_inserts_by_the_users_method_there(
    calls: list[str],
) -> None:
    imprint = await Imprint.vinyl.using("other").create(code="new", name=" New ")
    assert (calls, imprint._state.db, stored("new")) == (["insert"], "other", None)
    assert stock(lambda: Label.objects.using("other").get(code="new").name) == "New"
    found, created = await Imprint.vinyl.using("other").update_or_create(
        {"name": "Newer"}, code="newer"
    )
    assert (created, found._state.db, stored("newer")) == (True, "other", None)


async def test_get_or_create_inserts_by_the_users_method(calls: list[str]) -> None:
    imprint, created = await Imprint.vinyl.get_or_create({"name": " New "}, code="new")
    assert (created, calls, imprint.name) == (True, ["insert"], "New")
    again, created = await Imprint.vinyl.get_or_create({"name": " Newer "}, code="new")
    assert (created, calls, again.name) == (False, ["insert"], "New")


async def test_update_or_create_writes_by_the_users_methods(calls: list[str]) -> None:
    _, created = await Imprint.vinyl.update_or_create({"name": " New "}, code="new")
    assert (created, calls, stored("new")) == (True, ["insert"], "New")
    calls.clear()
    imprint, created = await Imprint.vinyl.update_or_create({"name": "Newer"}, code="new")
    assert (created, calls, stored("new")) == (False, ["update name", "save"], "Newer")
    assert imprint.name == "Newer"


async def test_update_or_create_takes_relations_and_other_attributes(calls: list[str]) -> None:
    owner = await Label.vinyl.get(pk=1)
    imprint, _ = await Imprint.vinyl.update_or_create({"owner": owner, "founded": None}, pk=3)
    assert calls == ["update founded owner_id", "save"]
    assert imprint["owner"] is owner
    assert stock(lambda: Label.objects.get(pk=3).owner_id) == 1


async def test_update_or_create_of_nothing_writes_nothing(calls: list[str]) -> None:
    with recorded() as statements:
        _, created = await Imprint.vinyl.update_or_create({}, pk=3)
    assert not created
    assert not any(statement.startswith("UPDATE") for statement in statements)
    assert calls == ["save"]


async def test_update_or_create_of_what_is_no_column_writes_all(calls: list[str]) -> None:
    _, created = await Imprint.vinyl.update_or_create({"pk": 3, "name": "x"}, code="ecm")
    assert not created
    assert calls == ["update", "save"]
    assert stored("ecm") == "x"


async def test_update_or_create_on_a_named_database() -> None:
    await Label.vinyl.using("other").create(code="there", name="x")
    label, created = await Label.vinyl.using("other").update_or_create({"name": "y"}, code="there")
    assert not created
    assert label._state.db == "other"
    assert stock(lambda: Label.objects.using("other").get(code="there").name) == "y"


async def test_writes_of_one_object_are_by_the_users_methods(calls: list[str]) -> None:
    imprint = await Imprint.vinyl.get(pk=4)
    await imprint.update(name="x")
    await imprint.save(update_fields=["name"])
    await imprint.save()
    assert await imprint.delete() == (1, {"shop.Imprint": 1})
    assert calls == ["update name", "save", "save", "save", "delete"]


async def test_a_reverse_foreign_key_creates_by_the_users_method() -> None:
    owner = await Label.vinyl.get(pk=1)
    label = await owner.imprints.create(code="new", name="  New ")
    assert label.name == stored("new") == "New"
    assert label["owner"] is owner
    again, created = await owner.imprints.get_or_create(defaults={"name": "x"}, code="new")
    assert (again, created) == (label, False)


async def test_bulk_writes_pass_the_users_methods_by(calls: list[str]) -> None:
    """As Django's pass save() and delete() by."""
    await Imprint.vinyl.bulk_create([Imprint.vinyl(code="new", name=" New ")])
    await Imprint.vinyl.filter(code="new").update(founded=2000)
    assert stored("new") == " New "
    await Imprint.vinyl.filter(code="new").delete()
    assert calls == []
