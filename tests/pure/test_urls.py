from __future__ import annotations

from pathlib import Path

import pytest

from vinyl import ConfigurationError
from vinyl.standalone.configuring import entries
from vinyl.standalone.urls import entries_of


def test_a_url_of_a_server_has_all_that_django_asks_for():
    url = "postgresql://me%40work:p%2Fw%3A@db.example:5433/shop?sslmode=require&connect_timeout=3"
    assert entries_of("default", url) == {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "shop",
            "USER": "me@work",
            "PASSWORD": "p/w:",
            "HOST": "db.example",
            "PORT": "5433",
            "OPTIONS": {"sslmode": "require", "connect_timeout": 3},
        }
    }


@pytest.mark.parametrize(
    ("scheme", "engine"),
    [
        ("postgres", "django.db.backends.postgresql"),
        ("mysql", "django.db.backends.mysql"),
        ("mariadb", "django.db.backends.mysql"),
    ],
)
def test_what_a_url_leaves_out_is_left_to_the_driver(scheme, engine):
    (entry,) = entries_of("default", f"{scheme}:///shop").values()
    assert entry == {
        "ENGINE": engine,
        "NAME": "shop",
        "USER": "",
        "PASSWORD": "",
        "HOST": "",
        "PORT": "",
        "OPTIONS": {},
    }


def test_the_folder_of_a_socket_is_the_host():
    (entry,) = entries_of("default", "postgresql://me@/shop?host=/run/postgresql").values()
    assert (entry["HOST"], entry["OPTIONS"]) == ("/run/postgresql", {})


@pytest.mark.parametrize(
    ("url", "engine"),
    [
        ("postgresql://h/shop?max_size=20&timeout=2.5&sslmode=require", "postgresql"),
        ("mysql://h/shop?max_size=20&timeout=2.5&charset=utf8mb4", "mysql"),
    ],
)
def test_the_options_of_the_pool_are_for_the_async_twin_alone(url, engine):
    found = entries_of("replica", url)
    assert list(found) == ["replica", "vinyl_replica"]
    assert "pool" not in found["replica"]["OPTIONS"]
    pooled = found["vinyl_replica"]
    assert pooled["ENGINE"] == f"vinyl.{engine}_backend"
    assert pooled["NAME"] == "shop"
    assert pooled["OPTIONS"]["pool"] == {"max_size": 20, "timeout": 2.5}
    assert pooled["TEST"] == {"MIRROR": "replica"}


@pytest.mark.parametrize(
    ("name", "level"),
    [("serializable", 4), ("READ%20COMMITTED", 2), ("repeatable-read", 3), ("read_uncommitted", 1)],
)
def test_a_level_of_isolation_goes_by_the_name_that_sql_has_for_it(name, level):
    (entry,) = entries_of("default", f"postgresql://h/shop?isolation_level={name}").values()
    assert entry["OPTIONS"]["isolation_level"] is level
    (entry,) = entries_of("default", f"mysql://h/shop?isolation_level={name}").values()
    assert entry["OPTIONS"]["isolation_level"] == LEVELS[level - 1]


LEVELS = ["read uncommitted", "read committed", "repeatable read", "serializable"]


def test_yes_and_no_are_said_in_words():
    for value, meant in (("true", True), ("1", True), ("Off", False), ("no", False)):
        (entry,) = entries_of("x", f"postgresql://h/shop?server_side_binding={value}").values()
        assert entry["OPTIONS"] == {"server_side_binding": meant}


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///shop.sqlite3", Path.cwd() / "shop.sqlite3"),
        ("sqlite:///data/my%20shop.sqlite3", Path.cwd() / "data/my shop.sqlite3"),
        ("sqlite:////var/shop.sqlite3", "/var/shop.sqlite3"),
    ],
)
def test_three_slashes_are_the_working_folder_and_four_the_root(url, path):
    (entry,) = entries_of("default", url).values()
    assert entry["NAME"] == str(path)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite://:memory:", "sqlite:///:memory:"])
def test_a_database_in_memory_is_one_for_the_process(url):
    (entry,) = entries_of("default", url).values()
    assert entry["NAME"] == "file:vinyl_default?mode=memory&cache=shared"


BAD = {
    "": "it has no scheme",
    "shop": "it has no scheme",
    "sqlite:shop": "it has no scheme",
    "oracle://h/shop": "vinyl knows no scheme 'oracle'",
    "postgresql+asyncpg://h/shop": "vinyl knows no scheme 'postgresql+asyncpg'",
    "postgresql://h": "behind the host, it has to name one database",
    "mysql://h/": "behind the host, it has to name one database",
    "postgresql://me:se/cret@h/shop": "its host or port cannot be read",
    "postgresql://me:secret@h:port/shop": "its host or port cannot be read",
    "postgresql://me:secret@h:99999/shop": "its host or port cannot be read",
    "postgresql://me:secret@[::1/shop": "its host or port cannot be read",
    "postgresql://me:secret@h/shop#secret": "it has a part behind '#'",
    "sqlite://shop.sqlite3": "a file's URL has three slashes",
    "postgresql://h/shop?max_size=many": "max_size=many has to be a number",
    "postgresql://h/shop?max_sise=3": "there is no option max_sise for postgresql; did you mean "
    "max_size?",
    "mysql://h/shop?sslmode=require": "there is no option sslmode for mysql",
    "mysql://h/shop?max_size": "behind '?', write name=value&name=value",
    "mysql://h/shop?max_size=1&max_size=2": "it has the option max_size twice",
    "mysql://h/shop?timeout=nan": "timeout=nan has to be a number",
    "postgresql://h/shop?server_side_binding=maybe": "server_side_binding=maybe has to be true or "
    "false",
    "postgresql://h/shop?isolation_level=4": "isolation_level=4 has to be read uncommitted, read "
    "committed, repeatable read or serializable",
    "mysql://h/shop?isolation_level=snapshot": "isolation_level=snapshot has to be read",
}


@pytest.mark.parametrize("url", BAD)
def test_a_bad_url_is_told_with_what_to_write(url):
    with pytest.raises(ConfigurationError) as caught:
        entries_of("shop", url)
    told = str(caught.value)
    assert told.startswith(f"The URL given for the database 'shop' cannot be used: {BAD[url]}")
    assert "Write postgresql://user:password@host:5432/name" in told
    assert "secret" not in told.replace(BAD[url], "")


def test_urls_and_djangos_entries_go_together():
    own = {"ENGINE": "django.db.backends.sqlite3", "NAME": "x"}
    found = entries({"default": own, "other": "mysql://h/shop?max_size=3"})
    assert list(found) == ["default", "other", "vinyl_other"]
    assert found["default"] == own


BAD_DATABASES = [
    (None, "databases is None, and has to be a URL or a dict of databases by alias. If it comes"),
    (["postgresql://me:secret@h/x"], "databases is a list, and has to be a URL or a dict"),
    (b"postgresql://me:secret@h/x", "databases is bytes, and has to be a URL or a dict"),
    (Path("/secret"), "databases is a PosixPath, and has to be a URL or a dict of databases by"),
    ({}, "databases has nothing, and has to have 'default'"),
    ({"other": "sqlite:///x"}, "databases has 'other', and has to have 'default'"),
    ({"default": {"NAME": "x"}}, "databases['default'] has no ENGINE"),
    ({"default": 1}, "databases['default'] is a int; write a URL, or a dict"),
    ({"default": None}, "databases['default'] is None; write a URL"),
]


@pytest.mark.parametrize(("given", "told"), BAD_DATABASES)
def test_databases_that_are_none_are_told(given, told):
    with pytest.raises(ConfigurationError) as caught:
        entries(given)
    assert told in str(caught.value)
    assert "secret" not in str(caught.value)


def test_an_object_that_holds_a_url_is_told_to_be_made_text_of():
    class Dsn:
        def __repr__(self):
            return "Dsn('postgresql://me:secret@h/x')"

    for given in (Dsn(), {"default": Dsn()}):
        with pytest.raises(ConfigurationError, match=r"is a Dsn.*write str\(\.\.\.\)") as caught:
            entries(given)
        assert "secret" not in str(caught.value)


def test_one_entry_in_the_place_of_entries_by_alias_is_told_without_its_password():
    given = {"ENGINE": "django.db.backends.postgresql", "NAME": "x", "PASSWORD": "secret"}
    with pytest.raises(ConfigurationError) as caught:
        entries(given)
    assert "secret" not in str(caught.value)
    assert "{'default': {'ENGINE': ..., 'NAME': ...}}" in str(caught.value)
