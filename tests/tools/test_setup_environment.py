"""An interpreter is chosen that works, and an environment gets what was asked for."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest

from tools.setup import apt, environment, pythons
from tools.setup.environment import Wish, group_requirements
from tools.setup.report import CannotBeHadError

ROOT = Path(__file__).resolve().parents[2]
RUNNING = sys.version_info[:2]


class TestPythons:
    def test_the_running_python_is_found(self):
        found = pythons.choose(RUNNING)
        assert found.version == sys.version_info[:3]
        assert Path(found.path).exists()

    def test_the_first_preferred_python_there_is_wins(self):
        assert pythons.choose(minors=[(3, 99), RUNNING, (3, 98)]).minor == RUNNING

    def test_no_suitable_python_is_told_by_name(self):
        with pytest.raises(CannotBeHadError, match=r"No working python3\.98, python3\.99 was"):
            pythons.choose(minors=[(3, 98), (3, 99)])

    def test_a_shim_that_does_not_work_is_passed_over(self, tmp_path):
        shim = tmp_path / "python3.12"
        shim.write_text("#!/bin/sh\necho 'python3.12: command not found' >&2\nexit 127\n")
        shim.chmod(0o755)
        assert pythons.describe(str(shim)) is None
        assert pythons.describe(str(tmp_path / "missing")) is None

    def test_pythons_of_pyenv_are_looked_at_newest_first(self, tmp_path, monkeypatch):
        for version in ("3.98.1", "3.98.2"):
            program = tmp_path / "versions" / version / "bin/python3.98"
            program.parent.mkdir(parents=True)
            program.touch()
        monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
        versions = [Path(name).parts[-3] for name in pythons.commands((3, 98))]
        assert versions == ["3.98.2", "3.98.1"]

    def test_an_old_python_cannot_be_asked_for(self):
        with pytest.raises(ValueError, match=r"vinyl needs Python 3\.11 or newer, not 3\.9"):
            pythons.parse("3.9")


class TestWish:
    def test_the_default_environment_is_called_venv(self):
        assert Wish(frozenset(), frozenset()).folder(ROOT) == ROOT / ".venv"

    def test_named_versions_have_an_environment_of_their_own(self):
        wish = Wish(frozenset(), frozenset(), "5.2", (3, 11))
        assert wish.folder(ROOT) == ROOT / ".venv-python3.11-django5.2"


class TestRequirements:
    def test_an_included_group_comes_with_it(self):
        table = {"inner": ["a==1"], "outer": [{"include-group": "inner"}, "b"]}
        assert group_requirements(table, "outer") == ["a==1", "b"]

    def test_every_group_of_the_project_can_be_read(self):
        document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        for group in document["dependency-groups"]:
            assert group_requirements(document["dependency-groups"], group)

    def test_the_runtime_needs_django_and_drivers_alone(self):
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        assert project["dependencies"] == ["Django>=5.2"]
        assert set(project["optional-dependencies"]) == {
            *("postgresql", "mysql", "sqlite", "unasync")
        }


class TestPrepare:
    def test_a_folder_that_is_no_environment_is_never_removed(self, tmp_path):
        (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
        kept = tmp_path / ".venv" / "thesis.txt"
        kept.parent.mkdir()
        kept.touch()
        with pytest.raises(CannotBeHadError, match="was not made by this tool"):
            environment.prepare(tmp_path, Wish(frozenset(), frozenset()))
        assert kept.exists()

    def test_a_django_too_new_for_the_python_is_refused(self, tmp_path, monkeypatch):
        old = pythons.Interpreter("/opt/python3.11", (3, 11, 2), has_pip=True, has_headers=True)
        monkeypatch.setattr(pythons, "choose", lambda wanted: old)
        with pytest.raises(CannotBeHadError, match=r"Django 6\.1 needs Python 3\.12 or newer"):
            environment.prepare(tmp_path, Wish(frozenset(), frozenset(), "6.1"))


class TestApt:
    def test_a_refusal_says_what_to_install(self, monkeypatch):
        monkeypatch.setattr(apt, "refusal", lambda: "this machine has no apt-get")
        with pytest.raises(CannotBeHadError) as caught:
            apt.install("gcc", "libmariadb-dev", purpose="building mysqlclient")
        assert str(caught.value) == (
            "building mysqlclient needs gcc libmariadb-dev (Debian's names), "
            "and this machine has no apt-get.\n"
            "Install them, as with `sudo apt-get install gcc libmariadb-dev`, and run this again."
        )
