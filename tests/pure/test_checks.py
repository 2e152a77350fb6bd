"""Django's system checks say what vinyl leaves out, and which declarations cannot work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps.registry import Apps
from django.core import checks
from django.db import models
from django.db.utils import ConnectionHandler
from django.test.utils import isolate_apps, override_settings

from vinyl import VinylManager, VinylModel
from vinyl.checks import check_databases, check_managers


@pytest.fixture
def registry() -> Iterator[Apps]:
    """A registry for the models of one test."""
    with isolate_apps("tests.app") as isolated:
        yield isolated


@pytest.fixture
def found(registry: Apps) -> Any:
    """What the checks find in the models of the test, as (id, model, message)."""

    def run() -> list[tuple[str, str, str]]:
        messages = check_managers(list(registry.get_app_configs()))
        return [(str(m.id), m.obj.__name__, m.msg) for m in messages]

    return run


class Saves:
    """Stands for a mixin of another package."""

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)  # type: ignore[misc]


class Inserts(VinylModel):
    async def insert(self) -> None:
        await super().insert()


class SyncInserts(VinylModel):
    def insert(self) -> None:
        super().insert()


class Deletes(Inserts):
    async def delete(self) -> None:
        await super().delete()


class Shouts(VinylModel):
    def shout(self) -> None: ...


def model(name: str, *bases: type, **attributes: Any) -> Any:
    """Define a model in the registry of the test."""
    meta = type("Meta", (), {"app_label": "shop", **attributes.pop("meta", {})})
    return type(
        name, bases or (models.Model,), {"__module__": __name__, "Meta": meta, **attributes}
    )


def own(self: Any, *args: Any, **kwargs: Any) -> None:
    """Stand for a save() or delete() of the user's."""


def test_a_model_with_nothing_of_its_own_is_fine(found: Any) -> None:
    model("Plain", vinyl=VinylManager())
    assert found() == []


def test_a_field_that_hides_a_method_is_a_warning_that_names_its_column(
    found: Any, registry: Apps
) -> None:
    fields = {name: models.TextField() for name in ("insert", "title", "update")}
    model("Hiding", vinyl=VinylManager(), **fields)
    assert found() == [
        (
            "vinyl.W003",
            "Hiding",
            f"The field Hiding.{name} hides the method {name}() of vinyl's objects.",
        )
        for name in ("insert", "update")
    ]
    hints = [message.hint for message in check_managers(list(registry.get_app_configs()))]
    assert [hint.rpartition(": ")[2] for hint in hints] == [
        "db_column='insert'.",
        "db_column='update'.",
    ]


def test_so_is_a_relation_from_another_model(found: Any) -> None:
    target = model("Target", vinyl=VinylManager())
    model("Other", to=models.ForeignKey(target, models.CASCADE, related_name="update"))
    assert [(number, name) for number, name, _ in found()] == [("vinyl.W003", "Target")]


def test_a_save_and_a_delete_that_vinyl_does_not_call_are_one_warning(found: Any) -> None:
    model("Own", vinyl=VinylManager(), save=own, delete=own)
    assert found() == [
        (
            "vinyl.W001",
            "Own",
            "Objects of Own.vinyl do not call tests.pure.test_checks.Own.save(), "
            "tests.pure.test_checks.Own.delete().",
        )
    ]


def test_the_warning_says_how_to_move_the_logic_and_how_to_silence_it(registry: Apps) -> None:
    model("Own", vinyl=VinylManager(), save=own)
    (warning,) = check_managers(list(registry.get_app_configs()))
    assert isinstance(warning, checks.Warning)
    for part in ("`async def insert(self)`", "vinyl.VinylModel", "VinylManager(model=...)"):
        assert part in warning.hint
    assert "delete" not in warning.hint
    assert not warning.is_silenced()
    with override_settings(SILENCED_SYSTEM_CHECKS=["vinyl.W001"]):
        assert warning.is_silenced()


@pytest.mark.parametrize("name", ["save", "save_base", "asave", "delete", "adelete"])
def test_each_way_to_write_is_looked_at(found: Any, name: str) -> None:
    model("Own", vinyl=VinylManager(), **{name: own})
    assert [message for *_, message in found()] == [
        f"Objects of Own.vinyl do not call tests.pure.test_checks.Own.{name}()."
    ]


def test_a_model_without_vinyl_is_none_of_its_business(found: Any) -> None:
    model("Own", save=own)
    assert found() == []


def test_the_class_that_overrides_is_named_whoever_wrote_it(found: Any) -> None:
    abstract = model("Base", Saves, models.Model, meta={"abstract": True})
    parent = model("Parent", abstract, vinyl=VinylManager())
    model("Child", parent)
    model("Proxy", parent, meta={"proxy": True})
    assert found() == [
        (
            "vinyl.W001",
            name,
            f"Objects of {name}.vinyl do not call tests.pure.test_checks.Saves.save().",
        )
        for name in ("Parent", "Child", "Proxy")
    ]


@pytest.mark.parametrize(
    ("options", "left"),
    [
        ({"model": Inserts}, ["delete"]),
        ({"model": Deletes}, []),
        ({"model": Shouts}, ["save", "delete"]),
        ({"model": f"{__name__}.Deletes"}, []),
        ({"model": Deletes, "sync_model": SyncInserts}, ["delete"]),
        ({"model": Deletes, "sync_model": Shouts}, ["save", "delete"]),
        ({"queryset": models.QuerySet}, ["save", "delete"]),
    ],
    ids=str,
)
def test_what_a_class_for_the_objects_takes_over_is_not_warned_of(
    found: Any, options: Any, left: list[str]
) -> None:
    model("Own", vinyl=VinylManager(**options), save=own, delete=own)
    names = [f"tests.pure.test_checks.Own.{name}()" for name in left]
    told = [f"Objects of Own.vinyl do not call {', '.join(names)}."] if left else []
    assert [message for *_, message in found()] == told


@pytest.mark.parametrize("argument", ["model", "sync_model"])
def test_a_path_that_leads_nowhere_is_an_error(found: Any, argument: str) -> None:
    model("Own", vinyl=VinylManager(**{argument: "tests.pure.nothing.Own"}))
    ((number, name, message),) = found()
    assert (number, name) == ("vinyl.E001", "Own")
    assert message == (
        f"VinylManager({argument}='tests.pure.nothing.Own') cannot be imported: "
        "ModuleNotFoundError: No module named 'tests.pure.nothing'"
    )


@pytest.mark.parametrize("path", ["nodots", f"{__name__}.Missing"])
def test_a_path_that_is_wrong_in_another_way_is_the_same_error(found: Any, path: str) -> None:
    model("Own", vinyl=VinylManager(model=path))
    assert [number for number, *_ in found()] == ["vinyl.E001"]


@pytest.mark.parametrize("argument", ["model", "sync_model"])
def test_a_path_to_something_else_is_an_error(found: Any, argument: str) -> None:
    model("Own", vinyl=VinylManager(**{argument: f"{__name__}.Saves"}))
    ((number, _, message),) = found()
    assert number == "vinyl.E002"
    assert message == (
        "VinylManager takes a subclass of VinylModel, not 'tests.pure.test_checks.Saves', which "
        "is <class 'tests.pure.test_checks.Saves'>."
    )


def test_a_class_in_async_style_for_the_sync_mode_is_an_error(found: Any) -> None:
    model("Own", vinyl=VinylManager(model=Inserts, sync_model=Deletes))
    assert found() == [
        (
            "vinyl.E003",
            "Own",
            "tests.pure.test_checks.Deletes, given as VinylManager(sync_model=...), is written in "
            "async style: delete, insert.",
        )
    ]


def test_the_checks_are_registered_with_djangos() -> None:
    assert check_managers in checks.registry.registry.get_checks()


def test_what_is_djangos_in_an_entry_of_vinyls_is_found(monkeypatch: Any) -> None:
    entries = {
        "default": {"ATOMIC_REQUESTS": True, "CONN_MAX_AGE": 60},
        "vinyl_default": {"ATOMIC_REQUESTS": True, "CONN_MAX_AGE": None},
        "vinyl_main": {"CONN_MAX_AGE": 60},  # not of another entry
        "other": {},
        "vinyl_other": {"CONN_MAX_AGE": 60},
    }
    monkeypatch.setattr("vinyl.checks.connections", ConnectionHandler(entries))
    found = [(message.id, message.msg.partition(";")[0]) for message in check_databases()]
    assert found == [
        ("vinyl.W002", "DATABASES['vinyl_default'] has ATOMIC_REQUESTS=True"),
        ("vinyl.W002", "DATABASES['vinyl_other'] has CONN_MAX_AGE=60"),
    ]
