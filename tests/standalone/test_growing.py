"""A program becomes a Django project, and the other way, with its tables, migrations and labels."""

from __future__ import annotations

import pytest

SETTINGS = """
import os

from vinyl.standalone.urls import entries_of

DATABASES = entries_of("default", os.environ["DATABASE_URL"])
INSTALLED_APPS = ["service.auth.accounts", "service.billing", "blog"]
"""
BILLING = """
from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "service.billing"
    label = "money"
"""
FILL = """
import database
from service.auth.accounts.models import User
from blog.models import Post
from service.billing.models import Bill

ada = User.vinyl.create(name="Ada")
Post.vinyl.create(title="On engines", author=ada)
Bill.vinyl.create(user=ada, amount=3)
"""
# All that a Django project is asked, in one program.
LOOK = """
import django
django.setup()
from django.core.management import call_command
from service.auth.accounts.models import User

call_command("migrate", "--check")
call_command("makemigrations", "--check")
print(User.objects.get(bills__amount=3, posts__title="On engines").name)
"""
ASYNC = """
import asyncio
import database
from service.auth.accounts.models import User


async def main():
    print(await User.vinyl.get(bills__amount=3, posts__title="On engines"))

asyncio.run(main())
"""


@pytest.fixture
def package(sample):
    """The sample with a package `blog`: Django takes no single file, and no second label."""
    models = (sample.folder / "blog.py").read_text()
    (sample.folder / "blog.py").unlink()
    sample.package("blog", models=models)
    billing = sample.folder / "service/billing/models.py"
    billing.write_text(billing.read_text().partition("class Payment")[0].rstrip() + "\n")
    return sample


def as_django(program, *arguments, module=("-m", "django")):
    """Run a command of the Django project."""
    program.environ["DJANGO_SETTINGS_MODULE"] = "project_settings"
    try:
        return program.run(*module, *arguments)
    finally:
        del program.environ["DJANGO_SETTINGS_MODULE"]


def look_as_django(program):
    """Return what the Django project says of migrations, and finds in the tables."""
    return as_django(program, "-c", LOOK, module=())


def make_project(program):
    program.write("project_settings.py", SETTINGS)
    program.write("service/billing/apps.py", BILLING)


def test_a_program_grows_into_a_project(package):
    config = "--config", "database"
    package.vinyl("makemigrations", *config)
    package.vinyl("migrate", "--verbosity", "0", *config)
    package.script(FILL)

    make_project(package)
    assert look_as_django(package) == "No changes detected\nAda\n"

    # A migration of the project's is one of the program's, which still runs.
    change_the_title(package)
    as_django(package, "makemigrations")
    package.vinyl("migrate", "--check", *config, code=1)
    package.vinyl("migrate", "--verbosity", "0", *config)
    assert look_as_django(package) == "No changes detected\nAda\n"
    assert package.script(ASYNC) == "Ada\n"


def test_a_project_shrinks_to_a_program(package):
    make_project(package)
    as_django(package, "makemigrations", "accounts", "money", "blog")
    as_django(package, "migrate", "--verbosity", "0")
    config = "--config", "database"
    package.vinyl("migrate", "--check", *config)
    assert "No changes detected" in package.vinyl("makemigrations", "--check", *config)
    package.script(FILL)
    assert package.script(ASYNC) == "Ada\n"

    # The AppConfig of the project says the label, as the line in the package did.
    package.write("service/billing/__init__.py")
    package.vinyl("migrate", "--check", *config)
    change_the_title(package)
    package.vinyl("makemigrations", *config)
    as_django(package, "migrate", "--verbosity", "0")
    assert look_as_django(package) == "No changes detected\nAda\n"


def change_the_title(program):
    models = program.folder / "blog/models.py"
    models.write_text(models.read_text().replace("max_length=50", "max_length=60"))


@pytest.mark.usefixtures("url")
def test_a_single_file_becomes_a_package(program):
    program.write(
        "notes.py",
        """
        from django.db import models


        class Note(models.Model):
            text = models.TextField()
        """,
    )
    program.write(
        "database.py",
        "import os, vinyl\nvinyl.configure(os.environ['DATABASE_URL'], apps=['notes'])\n",
    )
    config = "--config", "database"
    program.vinyl("makemigrations", *config)
    program.vinyl("migrate", "--verbosity", "0", *config)
    (program.folder / "notes").mkdir()
    (program.folder / "notes/__init__.py").touch()
    (program.folder / "notes.py").rename(program.folder / "notes/models.py")
    (program.folder / "notes_migrations").rename(program.folder / "notes/migrations")
    program.vinyl("migrate", "--check", *config)
    assert "No changes detected" in program.vinyl("makemigrations", "--check", *config)
    program.write("project_settings.py", SETTINGS.partition("INSTALLED_APPS")[0])
    with (program.folder / "project_settings.py").open("a") as file:
        file.write("INSTALLED_APPS = ['notes']\n")
    as_django(program, "migrate", "--check")
    assert "No changes detected" in as_django(program, "makemigrations", "--check")
