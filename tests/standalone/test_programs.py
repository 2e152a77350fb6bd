"""Models in any module, without a settings module, on both twins."""

from __future__ import annotations

import inspect

import pytest

import vinyl.standalone.configuring

USE = """
import database
import vinyl
from vinyl import VinylManager
from blog import Post
from service.auth.accounts.models import User
from service.billing.models import Bill, Payment

tables = await vinyl.create_tables()
assert sorted(tables) == [
    "accounts_user", "accounts_user_friends", "blog_post", "money_bill", "payments_payment"
], tables
assert await vinyl.create_tables() == []
await vinyl.connection.execute("DROP TABLE accounts_user_friends")
assert await vinyl.create_tables(User) == ["accounts_user_friends"]

ada = await User.vinyl.create(name="Ada", data={"x": [1]})
await ada.refresh_from_db()
assert ada.motto == "it's 100% \\\\ \\"fine\\"", ada.motto
bob = await User.vinyl.create(name="Bob", boss=ada)
await bob.friends.add(ada)
await Post.vinyl.create(title="On engines", author=ada)
await Bill.vinyl.create(user=bob, amount="3.50")

post = await Post.vinyl.select_related("author").get(author__team__bills__amount=3.5)
assert (str(post.author), post.author.data) == ("Ada", {"x": [1]})
assert [user.name for user in await User.vinyl.filter(friends__posts=post)] == ["Bob"]

try:
    async with vinyl.atomic():
        await User.vinyl.create(name="no'b%o\\\\dy")
except vinyl_db.IntegrityError:
    pass
else:
    raise AssertionError("the constraint is not there")
await vinyl.connections.close()
"""


def test_a_program_needs_no_project(sample, as_twin):
    body = USE.replace("import database", "import database\nfrom django import db as vinyl_db")
    sample.script(as_twin(body))


def test_a_package_is_an_app_from_its_first_model_on(sample):
    sample.package("service.auth.accounts.invoices", models=MODEL.replace("Thing", "Invoice"))
    sample.package("lib.core", models=ABSTRACT)
    sample.package("own.core", models=MODEL)
    sample.package("with_config", models=MODEL, apps=APPS)
    sample.package("parts.models", part=MODEL)
    sample.write("my-file.py", "import vinyl\nvinyl.configure()\n" + MODEL + SHOW)
    assert sample.run("my-file.py") == "my_file.Thing my_file_thing my_file\n"
    sample.script(
        """
        import database
        from django.apps import apps

        def labels():
            return sorted(config.label for config in apps.get_app_configs())

        assert labels() == ["accounts", "blog", "money", "payments"], labels()
        money = apps.get_app_config("money")
        assert money.name == "service.billing" and money.path.endswith("service/billing")
        assert money.get_model("Bill") is apps.get_model("money.Bill")

        # A package in another one is its own; abstract models make no app.
        import service.auth.accounts.invoices.models, lib.core.models, own.core.models
        import with_config.models, parts.models.part
        assert labels() == [
            "accounts", "blog", "configured", "core", "invoices", "money", "parts", "payments"
        ], labels()
        assert apps.get_app_config("core").name == "own.core"
        assert with_config.models.Thing._meta.pk.__class__.__name__ == "SmallAutoField"
        assert parts.models.part.Thing._meta.label == "parts.Thing"
        assert apps.is_installed("service.auth.accounts")
        """
    )


MODEL = """
from django.db import models


class Thing(models.Model):
    number = models.IntegerField(default=0)
"""
ABSTRACT = MODEL + "\n    class Meta:\n        abstract = True\n"
APPS = """
from django.apps import AppConfig


class Config(AppConfig):
    name = "with_config"
    label = "configured"
    default_auto_field = "django.db.models.SmallAutoField"
"""
SHOW = """
meta = Thing._meta
print(meta.label, meta.db_table, meta.app_config.label)
"""


def test_packages_without_an_init_may_be_named(program):
    for folder in ("ns/inner", "pkg/below", "top"):
        program.write(f"{folder}/models.py", MODEL)
    program.write("pkg/__init__.py")
    program.write(
        "database.py", "import vinyl\nvinyl.configure(apps=['ns.inner', 'pkg.below', 'top'])\n"
    )
    program.vinyl("makemigrations", "--config", "database")
    for folder in ("ns/inner", "pkg/below", "top"):
        assert (program.folder / folder / "migrations/0001_initial.py").exists()


def test_the_line_in_a_package_says_the_label_beside_a_module_apps_too(program):
    program.package("web", models=MODEL, apps="from .models import Thing\n")
    program.package("line", models=MODEL, apps="from .models import Thing\n")
    program.write("line/__init__.py", "app_label = 'of_line'\n")
    config = APPS.replace('    label = "configured"\n', "    def ready(self): print('ready')\n")
    program.package("both", models=MODEL, apps=config.replace("with_config", "both"))
    program.write("both/__init__.py", "app_label = 'of_both'\n")
    program.package("later", models=MODEL, apps=config.replace("with_config", "later"))
    program.write("later/__init__.py", "app_label = 'of_later'\n")
    told = program.script(
        """
        import vinyl
        vinyl.configure(apps=["web", "line", "both"])
        from django.apps import apps
        import both.models, later.models, line.apps, web.apps

        labels = [model.Thing._meta.label for model in (web.apps, line.apps, both.models)]
        assert labels == ["web.Thing", "of_line.Thing", "of_both.Thing"], labels
        assert later.models.Thing._meta.label == "of_later.Thing"
        assert type(both.models.Thing._meta.pk).__name__ == "SmallAutoField"
        """
    )
    assert told == "ready\n"


@pytest.mark.parametrize("prompt", ["-c", "notebook"])
def test_a_model_may_be_defined_at_a_prompt(program, prompt):
    cells = "import vinyl\nvinyl.configure()\n" + MODEL + SHOW
    arguments = ["-c", cells] if prompt == "-c" else ["-c", NOTEBOOK.format(cells=cells)]
    assert program.run(*arguments) == "main.Thing main_thing main\n"


# As IPython runs a cell, with `await` at its top level.
NOTEBOOK = """
import ast, asyncio, inspect
cells = {cells!r} + '''
from vinyl import VinylManager
class Note(models.Model):
    vinyl = VinylManager()
assert await vinyl.create_tables() == ["main_thing", "main_note"]
await Note.vinyl.create()
assert await Note.vinyl.count() == 1
await vinyl.connections.close()
'''
async def run():
    code = compile(cells, "<cell>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    await eval(code, globals())
asyncio.run(run())
"""

PERSON = """
from django.contrib.auth.models import AbstractUser

from vinyl import VinylManager


class Person(AbstractUser):
    vinyl = VinylManager()
"""
AUTH = """
import os
import vinyl

vinyl.configure(
    os.environ["DATABASE_URL"],
    apps=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "company.people",
    ],
    AUTH_USER_MODEL="people.Person",
    SECRET_KEY="only for tests",
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
)
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.utils import timezone

Person = get_user_model()
assert Person._meta.label == "people.Person"
tables = await vinyl.create_tables()
assert {"people_person", "people_person_groups", "auth_group"} < set(tables)
person = await Person.vinyl.create(username="ada", password=make_password("secret"))
assert person.check_password("secret")
assert person.date_joined.utcoffset() is not None
assert await Person.vinyl.filter(groups__name="x").count() == 0
await vinyl.connections.close()
"""


@pytest.mark.usefixtures("url")
def test_djangos_apps_and_a_user_model_of_ones_own_work(program, as_twin):
    program.package("company.people", models=PERSON)
    program.script(as_twin(AUTH))


@pytest.mark.usefixtures("url")
def test_several_databases_go_by_alias(program, as_twin):
    program.package("stock", models=MODEL + "\n    vinyl = __import__('vinyl').VinylManager()\n")
    program.script(
        as_twin(
            """
            import os, vinyl
            vinyl.configure({"default": os.environ["DATABASE_URL"], "other": "sqlite:///o.db"})
            from stock.models import Thing

            assert await vinyl.create_tables() == ["stock_thing"]
            assert await vinyl.create_tables(Thing, using="other") == ["stock_thing"]
            await Thing.vinyl.using("other").create()
            assert await Thing.vinyl.count() == 0
            assert await Thing.vinyl.using("other").count() == 1
            await vinyl.connections.close()
            """
        )
    )


def test_a_level_of_isolation_in_a_url_holds_for_both_twins(program, url, as_twin):
    if url.startswith("sqlite"):
        pytest.skip("SQLite has one level only")
    program.environ["DATABASE_URL"] += f"{'&' if '?' in url else '?'}isolation_level=serializable"
    postgresql = url.startswith("postgres")
    asked = "SHOW transaction_isolation" if postgresql else "SHOW VARIABLES LIKE 't%isolation'"
    body = f"""
    import os, vinyl
    vinyl.configure(os.environ["DATABASE_URL"])
    async with vinyl.atomic():
        result = await vinyl.connection.execute("{asked}")
        print(result.rows[0][-1])
    await vinyl.connections.close()
    """
    assert program.script(as_twin(body)).strip().lower() == "serializable"


def test_a_database_in_memory_stays_for_the_process(program):
    program.package("stock", models=MODEL + "\n    vinyl = __import__('vinyl').VinylManager()\n")
    told = program.script(
        """
        import asyncio, threading, vinyl
        vinyl.configure("sqlite://", apps=["stock"])
        from django.db import connection
        from stock.models import Thing

        async def make():
            await vinyl.create_tables()
            await Thing.vinyl.create()

        async def count():
            return await Thing.vinyl.count()

        def look():
            print(asyncio.run(count()), Thing.vinyl.count())
            connection.connection.close()  # Django's close() leaves a database in memory open.

        asyncio.run(make())
        look()
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        print(asyncio.run(count()))
        """
    )
    assert told.split() == ["1"] * 5


def test_without_arguments_there_is_a_file_in_the_working_folder(program):
    program.package("stock", models=MODEL)
    program.script(
        """
        import vinyl
        vinyl.configure()
        vinyl.configure()
        from stock.models import Thing
        from django.conf import settings
        from django.db import connection

        assert settings.USE_TZ and settings.TIME_ZONE == "America/Chicago" and not settings.DEBUG
        vinyl.create_tables()
        connection.close()
        """
    )
    assert (program.folder / "db.sqlite3").stat().st_size


def test_the_same_call_again_does_nothing_whatever_django_has_made_of_the_first(program):
    told = program.script(
        """
        import vinyl
        from django.db import connections

        given = {
            "default": "sqlite:///a.db?max_size=3",
            "other": {"ENGINE": "django.db.backends.sqlite3", "NAME": "b.db", "TEST": {}},
        }
        logging = {"version": 1, "loggers": {}}
        vinyl.configure(given, LOGGING=logging)
        assert set(connections) == {"default", "vinyl_default", "other"}
        vinyl.configure(given, LOGGING=logging)
        assert given["other"]["TEST"] == {}
        given["other"]["TEST"]["NAME"] = "c.db"
        logging["loggers"]["django"] = {}
        vinyl.configure(given, LOGGING=logging)
        """,
        code=1,
    )
    assert "was called before with another value of databases, LOGGING." in told


THREADS = """
import sys, threading, time
import vinyl

GIVEN = {"databases": "sqlite:///x.db", "apps": ["first", "shop"]}
importing, returned = threading.Event(), threading.Event()

def one():
    vinyl.configure(**GIVEN)

def other():
    importing.wait()
    vinyl.configure(**GIVEN)
    returned.set()
    import shop.models

def other_waits():
    frame = sys._current_frames()[others.ident]
    code = frame.f_code
    return (code.co_name, frame.f_lineno - code.co_firstlineno) == ("configure", {line})

def in_first():
    vinyl.configure(**GIVEN)  # again, in the thread that is at it
    importing.set()
    while not (returned.is_set() or other_waits()):
        time.sleep(0.001)

others = threading.Thread(target=other, daemon=True)
if __name__ == "__main__":
    sys.modules["gate"] = sys.modules["__main__"]
    threads = [threading.Thread(target=one, daemon=True), others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive(), thread
    from first.models import Thing
    print(Thing._meta.label)
"""


def test_a_thread_that_configures_too_waits_for_the_one_that_is_at_it(program):
    program.package("first", models="import gate\ngate.in_first()\n" + MODEL)
    program.package("shop", models=MODEL)
    lines = inspect.getsource(vinyl.standalone.configuring.configure).splitlines()
    waiting = next(n for n, line in enumerate(lines) if line.strip() == "with _lock:")
    assert program.script(THREADS.replace("{line}", str(waiting))) == "first.Thing\n"


IMPORTING = """
import time

def spent(work):
    before = time.process_time()
    work()
    return time.process_time() - before

def orm():
    import django.db.models

def vinyl():
    import vinyl
    vinyl.configure()
    from vinyl import VinylManager

orm()
print(spent(vinyl))
"""


def test_importing_and_configuring_takes_a_quarter_of_a_second_at_most(program):
    program.script(IMPORTING)
    assert min(float(program.run("program.py")) for _ in range(3)) < 0.25
