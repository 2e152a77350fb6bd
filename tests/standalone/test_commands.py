"""`python -m vinyl`: Django's migrations, without a manage.py."""

from __future__ import annotations

import pytest

MODEL = """
from django.db import models


class Thing(models.Model):
    number = models.IntegerField(default=0)
"""
PYPROJECT = '[project]\nname = "x"\n\n[tool.vinyl]\nconfig = "{}"\n'
MIGRATIONS = {
    "service/auth/accounts/migrations/0001_initial.py",
    "service/billing/migrations/0001_initial.py",
    "service/billing/payments_migrations/0001_initial.py",
    "blog_migrations/0001_initial.py",
}


def migrations(program):
    files = program.folder.rglob("*migrations/[0-9]*.py")
    return {path.relative_to(program.folder).as_posix() for path in files}


def test_migrations_are_written_beside_each_package_and_run(sample):
    config = "--config", "database"
    assert "System check identified" in sample.vinyl("check", *config)
    sample.vinyl("makemigrations", "--dry-run", *config)
    assert list(sample.folder.rglob("*migrations*")) == []
    sample.vinyl("makemigrations", *config)
    assert migrations(sample) == MIGRATIONS
    sample.write("pyproject.toml", PYPROJECT.format("database"))
    assert "[ ] 0001_initial" in sample.vinyl("showmigrations", "money")
    assert "money_bill" in sample.vinyl("sqlmigrate", "money", "0001")
    sample.vinyl("migrate", "--verbosity", "0")
    assert "[ ]" not in sample.vinyl("showmigrations")
    assert "No changes detected" in sample.vinyl("makemigrations", "--check")

    # In a folder below, too; a change makes one migration more.
    blog = sample.folder / "blog.py"
    blog.write_text(blog.read_text().replace("max_length=50", "max_length=60"))
    sample.vinyl("makemigrations", "--check", code=1)
    below, sample.folder = sample.folder, sample.folder / "service"
    assert "Alter field title on post" in sample.vinyl("makemigrations")
    sample.vinyl("migrate", "--verbosity", "0")
    sample.folder = below
    assert len(migrations(sample)) == len(MIGRATIONS) + 1
    shell = "print(User.objects.count(), Post.vinyl.create_or_none)".replace("_or_none", "")
    assert sample.vinyl("shell", "--verbosity", "0", "--command", shell).startswith("0 <bound")


def test_migrations_are_written_for_the_apps_that_are_named(sample):
    sample.vinyl("makemigrations", "accounts", "--config", "database")
    assert migrations(sample) == {"service/auth/accounts/migrations/0001_initial.py"}


@pytest.fixture
def things(program):
    """A folder with one package, and a module for each way of saying the configuration."""
    program.package("things", models=MODEL)
    settings = "{'databases': os.environ['DATABASE_URL'], 'apps': ['things']}"
    program.write("calls.py", f"import os, vinyl\nvinyl.configure(**{settings})\n")
    program.write(
        "has.py",
        f"import os, vinyl\nSETTINGS = {settings}\n\n"
        "def set_up():\n    vinyl.configure(**SETTINGS)\n\n"
        "def given():\n    return SETTINGS\n\n"
        "class App:\n    settings = SETTINGS\n"
        "    def __call__(self, scope): raise AssertionError\n\napp = App()\n",
    )
    program.write("web.py", "import calls\n\nasync def app(scope): raise AssertionError\n")
    return program


FORKED = """
import os
import sys
from vinyl.standalone.commands import main

for config in {configs}:
    if not (child := os.fork()):
        os._exit(main(["makemigrations", "--dry-run", "--config", config]))
    assert os.waitpid(child, 0)[1] == 0, config
"""


def test_a_configuration_is_a_module_or_an_object_in_one(things):
    configs = ["calls", "has:SETTINGS", "has:set_up", "has:given", "has:App.settings", "web:app"]
    told = things.run("-u", "-c", FORKED.format(configs=configs))
    assert told.count("things/migrations/0001_initial.py") == len(configs)


def test_help_needs_no_configuration(program):
    told = program.vinyl("--help")
    for name in ("makemigrations", "migrate", "sqlmigrate", "showmigrations", "shell", "check"):
        assert f"\n  {name} " in told
    assert "--run-syncdb" in program.vinyl("migrate", "--help")
    assert "usage" in program.vinyl(code=2)
    assert "invalid choice: 'runserver'" in program.vinyl("runserver", code=2)


def test_a_configuration_that_does_not_configure(things):
    things.write("django_settings.py", "from django.conf import settings\nsettings.configure()\n")
    for config in ("has", "has:app"):
        told = things.vinyl("check", "--config", config, code=1)
        assert f"{config} (--config) was imported and did not call vinyl.configure()." in told
    told = things.vinyl("check", "--config", "django_settings", code=1)
    assert "is part of a Django project, whose commands are those of manage.py" in told


NOT_CALLED = """
import functools

async def coroutine(): raise AssertionError

def application(environ, start_response): raise AssertionError

class Settings:
    def method(self): raise AssertionError
    def __call__(self): raise AssertionError

method, instance = Settings().method, Settings()
partial = functools.partial(application, 1, 2)
"""
EACH = """
from vinyl.standalone.commands import main
for name in {names}:
    assert main(["check", "--config", f"kinds:{{name}}"]) == 1, name
"""


def test_an_object_that_is_not_called_is_told_with_the_reason(program):
    program.write("kinds.py", NOT_CALLED)
    told = {
        "coroutine": "a coroutine function",
        "application": "a function with parameters",
        "method": "a method",
        "instance": "a Settings",
        "partial": "a partial",
    }
    lines = program.run("-c", EACH.format(names=list(told))).splitlines()
    for line, (name, kind) in zip(lines, told.items(), strict=True):
        assert f"kinds:{name} (--config) was imported and did not call vinyl.configure(). " in line
        assert f"It is {kind}, which is not called, as it may be an application: only a" in line


def test_models_that_are_not_imported(program):
    program.write("database.py", "import vinyl\nvinyl.configure()\n")
    told = program.vinyl("makemigrations", "--config", "database", code=1)
    assert told.startswith("python -m vinyl: No model has been imported. Import the modules of")
    assert "vinyl.configure(apps=[...])" in told


def test_a_folder_that_cannot_be_written(things):
    # Permissions stop nobody who is root, as tests in a container are.
    (things.folder / "things" / "migrations").write_text("")
    told = things.vinyl("makemigrations", "--config", "calls", code=1)
    assert told.startswith(f"python -m vinyl: Migrations cannot be written to {things.folder}/thin")
    assert "vinyl.configure(MIGRATION_MODULES={label: module})" in told


@pytest.mark.usefixtures("url")
def test_migrations_may_be_kept_elsewhere(things):
    text = "import vinyl, os\nvinyl.configure(os.environ['DATABASE_URL'], apps=['things'], {})\n"
    things.package("kept")
    things.write("calls.py", text.format("MIGRATION_MODULES={'things': 'kept.things'}"))
    things.vinyl("makemigrations", "--config", "calls")
    assert (things.folder / "kept/things/0001_initial.py").exists()
    things.vinyl("migrate", "--config", "calls", "--verbosity", "0")
    assert "No changes" in things.vinyl("makemigrations", "--check", "--config", "calls")


ALL = """
from vinyl.standalone.commands import main

for command in (
    ["check", "--database", "default", "--database", "vinyl_default"],
    ["makemigrations"],
    ["sqlmigrate", "things", "0001"],
    ["migrate", "--verbosity", "0"],
    ["showmigrations", "--database", "vinyl_default"],
):
    assert not main([*command, "--config", "calls"]), command
"""


@pytest.mark.usefixtures("url")
def test_the_options_of_a_pool_are_no_matter_of_the_commands(things):
    things.write("routed.py", "class Router:\n    pass\n")
    things.write(
        "calls.py",
        "import os, vinyl\n"
        "url = os.environ['DATABASE_URL']\n"
        'url += f\'{"&" if "?" in url else "?"}max_size=3&timeout=2\'\n'
        "vinyl.configure(url, apps=['things'], DATABASE_ROUTERS=['routed.Router'])\n",
    )
    assert "[X] 0001_initial" in things.run("-c", ALL)


def test_migrations_kept_elsewhere_have_their_folders_made(things):
    text = "import vinyl\nvinyl.configure(apps=['things'], MIGRATION_MODULES={'things': %r})\n"
    made = {
        "migs": ["migs/__init__.py", "migs/0001_initial.py"],
        "db.things_migs": ["db/__init__.py", "db/things_migs/0001_initial.py"],
        "one.two.migs": ["one/__init__.py", "one/two/__init__.py", "one/two/migs/0001_initial.py"],
    }
    things.write("pyproject.toml", PYPROJECT.format("calls"))
    root, things.folder = things.folder, things.folder / "things"
    for module, files in made.items():
        (root / "calls.py").write_text(text % module)
        things.vinyl("makemigrations", "--dry-run")
        assert not (root / files[0]).parent.exists()
        things.vinyl("makemigrations")
        assert [file for file in files if not (root / file).exists()] == []
    (root / "calls.py").write_text(text % "calls.migs")
    told = things.vinyl("makemigrations", code=1)
    assert "MIGRATION_MODULES names 'calls.migs' for 'things', and calls is no package." in told


SHARED = MODEL + "\n    class Meta:\n        app_label = 'shared'\n"


def test_migrations_of_a_label_that_packages_share_are_found_in_any_order(program):
    program.package("a", models=SHARED)
    program.package("b", models=SHARED.replace("Thing", "Other"))
    text = "import vinyl\nvinyl.configure(apps={}, MIGRATION_MODULES={})\n"
    config = "--config", "conf"

    program.write("conf.py", text.format(["a", "b"], {}))
    told = program.vinyl("makemigrations", *config, code=1)
    assert "The app label 'shared' is that of models in a and b. Say where its migrations" in told
    assert "MIGRATION_MODULES={'shared': 'a.shared_migrations'}" in told

    program.write("conf.py", text.format(["b"], {}))
    program.vinyl("makemigrations", *config)
    assert (program.folder / "b/shared_migrations/0001_initial.py").exists()
    program.write("conf.py", text.format(["a", "b"], {}))
    assert "Create model Thing" in program.vinyl("makemigrations", *config)
    assert (program.folder / "b/shared_migrations/0002_thing.py").exists()

    program.package("a.shared_migrations")
    told = program.vinyl("showmigrations", *config, code=1)
    assert "There are migrations of the app label 'shared' in two places" in told
    program.write("conf.py", text.format(["a", "b"], {"shared": "b.shared_migrations"}))
    assert "0002_thing" in program.vinyl("showmigrations", *config)

    # The package of that name has its own.
    program.package("shared.migrations")
    program.write("shared/models.py", MODEL.replace("Thing", "Third"))
    program.write("conf.py", text.format(["b", "shared"], {}) + SHOWN)
    assert program.run("conf.py") == "shared.migrations\n"


SHOWN = """
from django.db.migrations.loader import MigrationLoader
print(MigrationLoader.migrations_module("shared")[0])
"""
