# Generated from tests/_async/test_tables.py by `python tools/unasync_build.py`; never edit.
"""`create_tables()`: what is missing, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.apps.registry import Apps
from django.db import DatabaseError, connection, models

import vinyl
from tests.app.models import Album, Genre
from tests.app.stock import stock
from vinyl._runtime._sync.databases import dialect
from vinyl.plans.tables import statements_for

pytestmark = pytest.mark.usefixtures("databases")


def as_django(made: list[Any]) -> list[str]:
    """Return what Django's schema editor would send."""
    with connection.schema_editor(collect_sql=True) as editor:
        for model in made:
            editor.create_model(model)
    return [sql for sql in editor.collected_sql if sql != "None;"]


def test_the_statements_are_those_of_djangos_schema_editor() -> None:
    wrapper = dialect("default")
    made = [model for model in apps.get_models() if model._meta.can_migrate(wrapper)]
    assert len(made) > 30
    assert statements_for(wrapper, made) == stock(lambda: as_django(made))


def test_tables_that_are_there_stay_as_they_are() -> None:
    assert vinyl.create_tables(Album, Genre) == []
    assert Album.vinyl.exists()
    assert vinyl.create_tables(Album, using="other") == []


def test_what_is_no_model_is_told() -> None:
    for wrong in ("shop.Album", [Album, Genre], Album()):
        with pytest.raises(TypeError, match=r"create_tables\(\) takes models.*not (a )?\S+.*Write"):
            vinyl.create_tables(wrong)


def test_a_table_that_is_missing_is_made_again(db: None) -> None:
    vinyl.connection.execute("CREATE TABLE shop_parked AS SELECT 1 AS one")
    try:
        assert vinyl.create_tables(Parked.of(Genre)) == []
        vinyl.connection.execute("DROP TABLE shop_parked")
        assert vinyl.create_tables(Parked.of(Genre)) == ["shop_parked"]
        assert vinyl.connection.fetch_value("SELECT count(*) FROM shop_parked") == 0
    finally:
        vinyl.connection.execute("DROP TABLE IF EXISTS shop_parked")


def test_what_fails_half_way_leaves_no_table_behind(db: None) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite takes a key to a table that is not there")
    parent, child = family()
    with pytest.raises(DatabaseError) as caught:
        vinyl.create_tables(parent, child)
    names = ["shop_half_child", "shop_half_parent"]
    wrapper = dialect("default")
    if not wrapper.features.can_rollback_ddl:
        (told,) = caught.value.__notes__
        assert told.startswith("shop_half_child, shop_half_parent had been made and were dropped")
    for name in names:
        with pytest.raises(DatabaseError):
            vinyl.connection.execute(f"SELECT 1 FROM {name}")


def family() -> list[Any]:
    """Return two models, the second of which refers to the first, and to one without a table."""
    registry = Apps()

    def model(name: str, **fields: Any) -> Any:
        meta = {"app_label": "shop", "db_table": f"shop_half_{name.lower()}", "apps": registry}
        body = {"Meta": type("Meta", (), meta), "__module__": __name__, **fields}
        return type(name, (models.Model,), body)

    keys = {
        name.lower(): models.ForeignKey(model(name), models.CASCADE, related_name="+")
        for name in ("Parent", "Absent")
    }
    return [keys["parent"].remote_field.model, model("Child", **keys)]


class Parked:
    """A model of a table that the test project has not."""

    made: Any = None

    @classmethod
    def of(cls, model: Any) -> Any:
        """Return a model whose app is in no registry that other tests look at."""
        if cls.made is None:
            # MariaDB has no such constraint, and Django's editor then puts None for it.
            odd = models.Q(one=1)
            unique = models.UniqueConstraint(fields=["one"], condition=odd, name="one_of_one")
            meta = {"app_label": "shop", "db_table": "shop_parked", "constraints": [unique]}
            body = {
                "Meta": type("Meta", (), meta | {"apps": Apps()}),
                "__module__": __name__,
                "one": models.IntegerField(db_default=2),
            }
            cls.made = type("Parked", (models.Model,), body)
        return cls.made
