"""`create_tables()`: what is missing, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import connection

import vinyl
from tests.app.models import Album, Genre
from tests.app.stock import stock
from vinyl._runtime._async.databases import dialect
from vinyl.plans.tables import statements_for

pytestmark = pytest.mark.usefixtures("databases")


def as_django(models: list[Any]) -> list[str]:
    """Return what Django's schema editor would send."""
    with connection.schema_editor(collect_sql=True) as editor:
        for model in models:
            editor.create_model(model)
    return [sql for sql in editor.collected_sql if sql != "None;"]


async def test_the_statements_are_those_of_djangos_schema_editor() -> None:
    wrapper = await dialect("default")
    models = [model for model in apps.get_models() if model._meta.can_migrate(wrapper)]
    assert len(models) > 30
    assert statements_for(wrapper, models) == stock(lambda: as_django(models))


async def test_tables_that_are_there_stay_as_they_are() -> None:
    assert await vinyl.create_tables(Album, Genre) == []
    assert await Album.vinyl.exists()
    assert await vinyl.create_tables(Album, using="other") == []


async def test_what_is_no_model_is_told() -> None:
    for wrong in ("shop.Album", [Album, Genre], Album()):
        with pytest.raises(TypeError, match=r"create_tables\(\) takes models.*not (a )?\S+.*Write"):
            await vinyl.create_tables(wrong)


async def test_a_table_that_is_missing_is_made_again(db: None) -> None:
    await vinyl.connection.execute("CREATE TABLE shop_parked AS SELECT 1 AS one")
    try:
        assert await vinyl.create_tables(Parked.of(Genre)) == []
        await vinyl.connection.execute("DROP TABLE shop_parked")
        assert await vinyl.create_tables(Parked.of(Genre)) == ["shop_parked"]
        assert await vinyl.connection.fetch_value("SELECT count(*) FROM shop_parked") == 0
    finally:
        await vinyl.connection.execute("DROP TABLE IF EXISTS shop_parked")


class Parked:
    """A model of a table that the test project has not."""

    made: Any = None

    @classmethod
    def of(cls, model: Any) -> Any:
        """Return a model whose app is in no registry that other tests look at."""
        if cls.made is None:
            from django.apps.registry import Apps
            from django.db import models

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
