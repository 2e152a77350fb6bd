# Generated from tests/_async/test_custom_classes.py by `python tools/unasync_build.py`; never edit.
"""A class of the user's for the objects takes part where Django's save() and delete() would."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests._sync.custom import Diary
from tests._sync.recording import recorded
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


def test_create_inserts_by_the_users_method(calls: list[str]) -> None:
    imprint = Imprint.vinyl.create(code="new", name=" New ")
    assert calls == ["insert"]
    assert imprint.name == stored("new") == "New"


def test_create_on_another_database_inserts_by_the_users_method_there(
    calls: list[str],
) -> None:
    imprint = Imprint.vinyl.using("other").create(code="new", name=" New ")
    assert (calls, imprint._state.db, stored("new")) == (["insert"], "other", None)
    assert stock(lambda: Label.objects.using("other").get(code="new").name) == "New"
    found, created = Imprint.vinyl.using("other").update_or_create({"name": "Newer"}, code="newer")
    assert (created, found._state.db, stored("newer")) == (True, "other", None)


def test_get_or_create_inserts_by_the_users_method(calls: list[str]) -> None:
    imprint, created = Imprint.vinyl.get_or_create({"name": " New "}, code="new")
    assert (created, calls, imprint.name) == (True, ["insert"], "New")
    again, created = Imprint.vinyl.get_or_create({"name": " Newer "}, code="new")
    assert (created, calls, again.name) == (False, ["insert"], "New")


def test_update_or_create_writes_by_the_users_methods(calls: list[str]) -> None:
    _, created = Imprint.vinyl.update_or_create({"name": " New "}, code="new")
    assert (created, calls, stored("new")) == (True, ["insert"], "New")
    calls.clear()
    imprint, created = Imprint.vinyl.update_or_create({"name": "Newer"}, code="new")
    assert (created, calls, stored("new")) == (False, ["update name", "save"], "Newer")
    assert imprint.name == "Newer"


def test_update_or_create_takes_relations_and_other_attributes(calls: list[str]) -> None:
    owner = Label.vinyl.get(pk=1)
    imprint, _ = Imprint.vinyl.update_or_create({"owner": owner, "founded": None}, pk=3)
    assert calls == ["update founded owner_id", "save"]
    assert imprint["owner"] is owner
    assert stock(lambda: Label.objects.get(pk=3).owner_id) == 1


def test_update_or_create_of_nothing_writes_nothing(calls: list[str]) -> None:
    with recorded() as statements:
        _, created = Imprint.vinyl.update_or_create({}, pk=3)
    assert not created
    assert not any(statement.startswith("UPDATE") for statement in statements)
    assert calls == ["save"]


def test_update_or_create_of_what_is_no_column_writes_all(calls: list[str]) -> None:
    _, created = Imprint.vinyl.update_or_create({"pk": 3, "name": "x"}, code="ecm")
    assert not created
    assert calls == ["update", "save"]
    assert stored("ecm") == "x"


def test_update_or_create_on_a_named_database() -> None:
    Label.vinyl.using("other").create(code="there", name="x")
    label, created = Label.vinyl.using("other").update_or_create({"name": "y"}, code="there")
    assert not created
    assert label._state.db == "other"
    assert stock(lambda: Label.objects.using("other").get(code="there").name) == "y"


def test_writes_of_one_object_are_by_the_users_methods(calls: list[str]) -> None:
    imprint = Imprint.vinyl.get(pk=4)
    imprint.update(name="x")
    imprint.save(update_fields=["name"])
    imprint.save()
    assert imprint.delete() == (1, {"shop.Imprint": 1})
    assert calls == ["update name", "save", "save", "save", "delete"]


def test_a_reverse_foreign_key_creates_by_the_users_method() -> None:
    owner = Label.vinyl.get(pk=1)
    label = owner.imprints.create(code="new", name="  New ")
    assert label.name == stored("new") == "New"
    assert label["owner"] is owner
    again, created = owner.imprints.get_or_create(defaults={"name": "x"}, code="new")
    assert (again, created) == (label, False)


def test_bulk_writes_pass_the_users_methods_by(calls: list[str]) -> None:
    """As Django's pass save() and delete() by."""
    Imprint.vinyl.bulk_create([Imprint.vinyl(code="new", name=" New ")])
    Imprint.vinyl.filter(code="new").update(founded=2000)
    assert stored("new") == " New "
    Imprint.vinyl.filter(code="new").delete()
    assert calls == []
