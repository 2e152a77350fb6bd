"""One clear error each, which names what to write."""

from __future__ import annotations

import re

import pytest

import vinyl
from vinyl.standalone.configuring import configure

MODEL = """
from django.db import models
from vinyl import VinylManager


class Thing(models.Model):
    vinyl = VinylManager()
"""
CONFIGURE = "import vinyl\nvinyl.configure({})\n"


@pytest.mark.parametrize(
    ("keyword", "told"),
    [
        ("databse", "unknown keyword 'databse'. Did you mean databases?"),
        ("DATABASES", "configure() takes DATABASES as databases=...."),
        ("INSTALLED_APPS", "configure() takes INSTALLED_APPS as apps=...."),
        ("TIMEZONE", "unknown keyword 'TIMEZONE'. Did you mean TIME_ZONE?"),
        ("time_zone", "unknown keyword 'time_zone'. Did you mean TIME_ZONE?"),
        ("colour", "unknown keyword 'colour'. It takes databases, apps and Django's settings"),
    ],
)
def test_an_unknown_keyword(keyword, told):
    with pytest.raises(TypeError) as caught:
        configure(**{keyword: 1})
    assert told in str(caught.value)


def test_apps_that_are_no_list_of_names():
    with pytest.raises(vinyl.ConfigurationError, match=r"apps='shop' has to be a list"):
        configure(apps="shop")
    for wrong in (1, "", "shop/models.py", "shop..orders", None):
        told = f"apps has {wrong!r}; write the dotted names"
        with pytest.raises(vinyl.ConfigurationError, match=re.escape(told)):
            configure(apps=[wrong])


def test_a_django_project_has_settings_already(program):
    with pytest.raises(vinyl.ConfigurationError) as caught:
        vinyl.configure()
    assert "DJANGO_SETTINGS_MODULE is 'tests.settings'" in str(caught.value)
    assert "In a Django project leave the call out" in str(caught.value)
    program.script(
        """
        import vinyl
        from django.conf import settings
        settings.configure()
        try:
            vinyl.configure()
        except vinyl.ConfigurationError as error:
            print(error)
        """
    )
    assert "its settings are configured" in program.run("program.py")


def test_configuring_once_more_with_something_else(program):
    told = program.script(
        """
        import vinyl
        vinyl.configure("sqlite:///a.db", apps=[], TIME_ZONE="UTC")
        vinyl.configure("sqlite:///a.db", TIME_ZONE="UTC")
        for again in ({"databases": "sqlite:///b.db", "TIME_ZONE": "UTC"}, {}, {"DEBUG": True}):
            try:
                vinyl.configure(**again)
            except vinyl.ConfigurationError as error:
                print(error)
        """
    )
    assert [line.partition(". It holds")[0] for line in told.splitlines()] == [
        "vinyl.configure() was called before with another value of databases",
        "vinyl.configure() was called before with another value of databases, TIME_ZONE",
        "vinyl.configure() was called before with another value of databases, TIME_ZONE, DEBUG",
    ]


def test_a_model_that_is_defined_before(program):
    program.package("shop", models=MODEL)
    told = program.script("import shop.models\nimport vinyl\nvinyl.configure()", code=1)
    assert told.splitlines()[-1].startswith(
        "vinyl.exceptions.ConfigurationError: A model is defined before there are settings. "
        "Outside of a Django project, call vinyl.configure() first"
    )


@pytest.mark.parametrize(
    ("library", "url", "extra"),
    [("psycopg", "postgresql://h/x", "postgresql"), ("MySQLdb", "mysql://h/x", "mysql")],
)
def test_a_driver_that_is_missing(program, library, url, extra):
    text = f"import sys\nsys.modules[{library!r}] = sys.modules['psycopg2'] = None\n"
    told = program.script(text + CONFIGURE.format(repr(url)), code=1)
    assert told.splitlines()[-1] == (
        f"vinyl.exceptions.MissingDriver: The database 'default' needs the library {library}, "
        f'which is not installed. Install it with: pip install "django-vinyl[{extra}]"'
    )


CLASH = (
    "vinyl.exceptions.ConfigurationError: Two packages have the app label 'shop': {} and {}. Give "
    'one of them another, for example by the line `app_label = "{}"` in {}.'
)


def test_two_packages_of_one_label(program):
    program.package("a.shop", models=MODEL)
    program.package("b.shop", models=MODEL)
    program.write("shop.py", MODEL)
    both = CONFIGURE.format("") + "import a.shop.models\nimport {}"
    for second, name in (("b.shop.models", "b_shop"), ("shop", "shop_app")):
        package = second.removesuffix(".models")
        where = "b/shop/__init__.py" if package == "b.shop" else "shop.py"
        told = program.script(both.format(second), code=1)
        assert told.splitlines()[-1] == CLASH.format("a.shop", package, name, where)
    named = CONFIGURE.format("apps=['a.shop', 'b.shop']")
    assert CLASH.format("a.shop", "b.shop", "b_shop", "b/shop/__init__.py") in program.script(
        named, code=1
    )
    # What the error says helps.
    program.write("b/shop/__init__.py", 'app_label = "b_shop"\n')
    program.script(both.format("b.shop.models"))
    program.script(named)


def test_a_label_of_djangos(program):
    program.package("service.auth", models=MODEL)
    apps = ["django.contrib.auth", "django.contrib.contenttypes"]
    told = program.script(
        CONFIGURE.format(f"apps={apps}") + "import service.auth.models", code=1
    ).splitlines()[-1]
    assert "the app label 'auth': django.contrib.auth and service.auth." in told
    assert '`app_label = "service_auth"` in service/auth/__init__.py' in told


def test_a_label_that_is_no_name(program):
    program.package("shop", models=MODEL)
    program.write("shop/__init__.py", 'app_label = "my-shop"\n')
    told = program.script(CONFIGURE.format("") + "import shop.models", code=1)
    assert "The app label 'my-shop' of shop is no name: write letters, digits and" in told


REFUSED = """
import vinyl

def refused(*args, **kwargs):
    try:
        vinyl.configure(*args, **kwargs)
    except vinyl.ConfigurationError as error:
        print(error)
    else:
        raise AssertionError((args, kwargs))

"""


def test_what_is_told_before_anything_is_configured_can_be_mended_at_once(program):
    program.package("shop", models=MODEL)
    told = program.script(
        REFUSED
        + """
refused(apps=["shpo"])
refused(apps=["shop.orders"])
refused(apps=["django.contrib.nope"])
refused(apps=["shop", "other.apps.OtherConfig"])
refused(apps=None)
refused({"default": {"ENGINE": 5}})
vinyl.configure(apps=["shop"])
vinyl.create_tables()
""",
    )
    assert [line.partition(". Write")[0] for line in told.splitlines()] == [
        "apps names 'shpo', and there is no module 'shpo'",
        "apps names 'shop.orders', and there is no module 'shop.orders'",
        "apps names 'django.contrib.nope', and there is no module 'django.contrib.nope'",
        "apps names 'other.apps.OtherConfig', and there is no module 'other'",
        "apps=None has to be a list of the dotted names of packages. Leave it out for none.",
        "databases['default'] has the ENGINE 5; write 'django.db.backends.postgresql', "
        "'django.db.backends.mysql' or 'django.db.backends.sqlite3', or a URL.",
    ]


def test_apps_that_cannot_be_configured(program):
    program.package("shop", models=MODEL, apps="from .models import Thing, CONFIG as Config\n")
    program.write("shop/models.py", MODEL + "\nCONFIG = None\n")
    program.package("two", models=MODEL, apps=TWO)
    program.write("two/__init__.py", "app_label = 'second'\n")
    told = {
        "shop.models.Thing": "apps names 'shop.models.Thing', which is no AppConfig. Write the "
        "package: 'shop'.",
        "shop": "shop.apps, where Django looks for an AppConfig before it loads models, imports",
        "two": "two has two app labels: 'first' in TwoConfig, and 'second' in its __init__.",
        "two.apps.Nope": "apps names 'two.apps.Nope': Module 'two.apps' does not contain a 'Nope' "
        "class. Choices are: 'TwoConfig'.",
    }
    printed = program.script(FORKED.format(names=list(told)))
    for line, expected in zip(printed.splitlines(), told.values(), strict=True):
        assert line.startswith(expected), printed


TWO = """
from django.apps import AppConfig


class TwoConfig(AppConfig):
    name = "two"
    label = "first"
"""
FORKED = (
    REFUSED
    + """
import os, sys
for name in {names}:
    if not (child := os.fork()):
        refused(apps=[name])
        sys.stdout.flush()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0, name
"""
)


def test_an_app_that_is_not_there(program):
    told = program.script(CONFIGURE.format("apps=['shop.orders']"), code=1)
    assert "apps names 'shop.orders', and there is no module 'shop'" in told
    program.package("broken", models="import no_such_library")
    told = program.script(CONFIGURE.format("apps=['broken']"), code=1)
    assert told.splitlines()[-1] == "ModuleNotFoundError: No module named 'no_such_library'"


def test_an_app_that_cannot_be_imported_leaves_no_half_of_a_configuration(program):
    program.package("broken", models="import no_such_library")
    told = program.script(
        """
        import vinyl
        try:
            vinyl.configure(apps=["broken"])
        except ModuleNotFoundError:
            pass
        for again in (["broken"], []):
            try:
                vinyl.configure(apps=again)
            except vinyl.ConfigurationError as error:
                print(error)
        """
    )
    failed = "vinyl.configure() was called before, and failed with ModuleNotFoundError while apps"
    assert [line.startswith(failed) for line in told.splitlines()] == [True, True]


def test_a_user_model_whose_package_is_not_named(program):
    arguments = "apps=['django.contrib.auth'], AUTH_USER_MODEL='people.Person'"
    told = program.script(CONFIGURE.format(arguments), code=1)
    assert "write apps=[..., 'your.people']" in told


def test_an_app_of_djangos_that_is_not_named(program):
    told = program.script(
        CONFIGURE.format("") + "from django.contrib.sites.models import Site", code=1
    )
    assert "Write vinyl.configure(apps=['django.contrib.sites', ...])." in told.splitlines()[-1]
