"""Which driver serves which database, and what is said when there is none."""

from __future__ import annotations

import builtins
import sys
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from vinyl._runtime._async.drivers import driver_for
from vinyl.exceptions import MissingDriver

from .support import Database


def test_the_wrappers_vendor_decides(any_database: Database) -> None:
    driver = any_database.driver()
    assert type(driver).__module__.endswith(f"drivers.{any_database.kind}")
    assert driver.alias == "default"


LIBRARY = {"postgresql": "psycopg_pool", "mysql": "aiomysql", "sqlite": "aiosqlite"}


def test_a_missing_library_names_the_extra(
    any_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = LIBRARY[any_database.kind]
    wrapper = any_database.wrapper()
    original = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.partition(".")[0] == library:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return original(name, *args, **kwargs)

    drivers = f"vinyl._runtime._async.drivers.{any_database.kind}"
    for name in [name for name in sys.modules if name.startswith(drivers)]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", without)
    extra = f"django-vinyl[{any_database.kind}]"
    with pytest.raises(MissingDriver, match=library) as caught:
        driver_for(wrapper)
    assert f'pip install "{extra}"' in str(caught.value)
    assert isinstance(caught.value, ImproperlyConfigured)


def test_an_unknown_database_is_refused() -> None:
    class Wrapper:
        vendor = "oracle"
        alias = "big"
        settings_dict = {"ENGINE": "django.db.backends.oracle", "OPTIONS": {}}

    with pytest.raises(ImproperlyConfigured, match=r"DATABASES\['big'\].*oracle"):
        driver_for(Wrapper())
