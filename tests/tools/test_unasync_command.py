"""`python -m vinyl.unasync`: users write custom classes and services once, too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from vinyl.unasync import OLDEST_PYTHON, command

ROOT = Path(__file__).resolve().parents[2]

needs_new_python = pytest.mark.skipif(
    sys.version_info < OLDEST_PYTHON, reason="twins are built with Python 3.12"
)

SERVICE = '''"""Rent out; `await` in a docstring stays."""

from __future__ import annotations

import vinyl
from shop.services._async import stock
from shop.services._async.stock import Shelf


class AsyncDesk:
    """Rents."""

    async def rent(self, shelf: Shelf) -> list[str]:
        async with vinyl.atomic():
            return [f"{title}!" async for title in shelf.titles(await stock.count())]


__all__ = ["AsyncDesk"]
'''
STOCK = """async def count() -> int:
    return 1
"""
RENAMES = ("--rename", "AsyncDesk=Desk")


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def files(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def services(tmp_path: Path) -> Path:
    """A folder with services in `_async`, and no twins yet."""
    write(tmp_path / "shop/services/_async/desk.py", SERVICE)
    write(tmp_path / "shop/services/_async/deep/stock.py", STOCK)
    return tmp_path / "shop/services"


def run(*arguments: object) -> int:
    return command.main([str(argument) for argument in arguments])


def build(services: Path, *more: str) -> int:
    return run(services / "_async", services / "_sync", *RENAMES, *more)


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Return what argparse says of arguments that cannot be used."""
    with pytest.raises(SystemExit) as ended:
        run(*arguments)
    assert ended.value.code == 2
    return capsys.readouterr().err


@needs_new_python
class TestFolder:
    def test_every_module_gets_a_twin(self, services, capsys):
        assert build(services) == 0
        twins = files(services / "_sync")
        assert set(twins) == {"desk.py", "deep/stock.py"}
        assert capsys.readouterr().out.endswith("2 twins, 2 changed\n")
        assert "def count() -> int:" in twins["deep/stock.py"]

    def test_a_twin_is_the_source_without_async_and_await(self, services):
        build(services)
        assert files(services / "_sync")["desk.py"] == (
            "# Generated from _async/desk.py by `python -m vinyl.unasync`; never edit.\n"
            + SERVICE.replace("async with", "with")
            .replace("async for", "for")
            .replace("async def", "def")
            .replace("(await stock", "(stock")
            .replace("_async", "_sync")
            .replace("AsyncDesk", "Desk")
        )

    def test_a_second_run_changes_nothing(self, services, capsys):
        build(services)
        before = {path: path.stat().st_mtime_ns for path in (services / "_sync").rglob("*.py")}
        capsys.readouterr()
        assert build(services) == build(services, "--check") == 0
        assert capsys.readouterr().out == "2 twins, 0 changed\n" * 2
        assert before == {path: path.stat().st_mtime_ns for path in before}

    def test_it_does_not_matter_where_the_command_is_run(self, services, monkeypatch):
        build(services)
        monkeypatch.chdir(services / "_async")
        assert run(".", "../_sync", *RENAMES, "--check") == 0

    def test_a_stale_twin_is_deleted_and_what_is_written_by_hand_stays(self, services):
        write(services / "_sync/own.py", "OWN = 1\n")
        write(services / "_sync/data.json", "{}")
        build(services)
        (services / "_async/deep/stock.py").unlink()
        assert build(services, "--check") == 1
        assert build(services) == 0
        assert set(files(services / "_sync")) == {"own.py", "data.json", "desk.py"}

    def test_one_of_the_folders_may_not_be_inside_the_other(self, services, capsys):
        for source, target in (("_async", "."), (".", "_sync"), ("_async", "_async")):
            said = refused(capsys, services / source, services / target)
            assert "inside the other" in said or "are the same" in said
        assert not (services / "_sync").exists()

    def test_a_folder_with_no_module_is_refused(self, tmp_path, capsys):
        (tmp_path / "a").mkdir()
        assert "there is no Python file in" in refused(capsys, tmp_path / "a", tmp_path / "b")
        assert "there is no " in refused(capsys, tmp_path / "nothing", tmp_path / "b")


@needs_new_python
class TestFile:
    def test_a_module_gets_the_name_that_is_given(self, tmp_path):
        source = write(tmp_path / "asynchronous.py", STOCK)
        assert run(source, tmp_path / "synchronous.py") == 0
        assert (tmp_path / "synchronous.py").read_text() == (
            "# Generated from asynchronous.py by `python -m vinyl.unasync`; never edit.\n"
            "def count() -> int:\n    return 1\n"
        )
        assert source.read_text() == STOCK

    def test_a_module_goes_into_a_folder(self, tmp_path):
        source = write(tmp_path / "a/stock.py", STOCK)
        (tmp_path / "b").mkdir()
        assert run(source, tmp_path / "b") == 0
        assert (tmp_path / "b/stock.py").exists()

    def test_the_source_is_never_overwritten(self, tmp_path, capsys):
        source = write(tmp_path / "stock.py", STOCK)
        for target in (source, tmp_path):
            assert "would replace its source" in refused(capsys, source, target, "--force")
        assert source.read_text() == STOCK

    def test_kinds_are_not_mixed(self, tmp_path, capsys):
        source = write(tmp_path / "a/stock.py", STOCK)
        assert "SRC is a folder" in refused(capsys, tmp_path / "a", source.parent / "stock.py")
        assert "SRC is a file" in refused(capsys, source, tmp_path / "nothing")


@needs_new_python
class TestProtection:
    def test_a_file_that_was_not_generated_is_not_overwritten(self, services, capsys):
        own = write(services / "_sync/desk.py", "OWN = 1\n")
        assert build(services) == 1
        assert f"{own} has no first line that says it was generated" in capsys.readouterr().err
        assert files(services / "_sync") == {"desk.py": "OWN = 1\n"}
        assert build(services, "--check") == 1
        assert build(services, "--force") == 0
        assert own.read_text().startswith("# Generated from _async/desk.py")

    def test_a_twin_with_changes_by_hand_is_drift_and_is_overwritten(self, services, capsys):
        build(services)
        twin = services / "_sync/deep/stock.py"
        write(twin, twin.read_text().replace("1", "2"))
        capsys.readouterr()
        assert build(services, "--check") == 1
        out, err = capsys.readouterr()
        assert "-    return 2\n+    return 1" in out
        assert "_sync/deep/stock.py: the twin differs" in err
        assert build(services) == 0
        assert twin.read_text().endswith("return 1\n")

    def test_a_missing_twin_is_drift(self, services, capsys):
        assert build(services, "--check") == 1
        assert "_sync/desk.py: the twin is missing" in capsys.readouterr().err
        assert not (services / "_sync").exists()


@needs_new_python
class TestRefusals:
    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("import asyncio", "`asyncio` passes through unchanged: take it, by a name that is"),
            ("from x import AsyncBox", "if that is meant, say so: --rename AsyncBox=SyncBox"),
            ("X = row.aget()", "`get` is the name in both modes; or replace it: --rename aget=get"),
            ("X = f'{await y}'", "an await inside an f-string"),
            ("def f(x: 'Desk'): ...", "the quoted annotation"),
            ("X = = 1", "not valid Python"),
        ],
    )
    def test_what_has_no_twin_is_told_with_file_and_line(self, services, capsys, line, said):
        write(services / "_async/deep/stock.py", f"{STOCK}\n\n{line}\n")
        assert build(services) == 1
        err = capsys.readouterr().err
        assert err.startswith("_async/deep/stock.py:5: ")
        assert said in err
        assert "vinyl._runtime" not in err
        assert not (services / "_sync").exists()

    def test_other_encodings_are_refused(self, services, capsys):
        (services / "_async/desk.py").write_bytes(b"# coding: latin-1\nX = '\xe9'\n")
        assert build(services) == 1
        assert "_async/desk.py:1: not UTF-8" in capsys.readouterr().err


@needs_new_python
class TestRenames:
    def twin_of(self, folder: Path, text: str, *rules: str) -> str:
        source = write(folder / "a.py", text)
        assert run(source, folder / "b.py", *[f"--rename={rule}" for rule in rules]) == 0
        return (folder / "b.py").read_text(encoding="utf-8").partition("\n")[2]

    def test_a_name_is_replaced_wherever_it_stands(self, tmp_path):
        text = (
            "from asyncio import sleep\nX = [asyncio.sleep, 'asyncio', 'asyncio?', f'{asyncio}']\n"
        )
        assert self.twin_of(tmp_path, text, "asyncio=time") == (
            "from time import sleep\nX = [time.sleep, 'time', 'asyncio?', f'{time}']\n"
        )

    def test_a_dotted_path_is_replaced_from_its_beginning(self, tmp_path):
        text = (
            "import shop.web\nfrom shop.web.views import x\n"
            "shop.web.f(my.shop.web, f().shop.web, shop.webs, 'shop.web')\n"
        )
        assert self.twin_of(tmp_path, text, "shop.web=shop.plain.old") == (
            "import shop.plain.old\nfrom shop.plain.old.views import x\n"
            "shop.plain.old.f(my.shop.web, f().shop.web, shop.webs, 'shop.plain.old')\n"
        )

    def test_relative_imports_can_be_replaced(self, tmp_path):
        text = "from .services.web import x\nfrom ..services.web import y\n"
        assert self.twin_of(tmp_path, text, "services.web=services.plain") == (
            "from .services.plain import x\nfrom ..services.plain import y\n"
        )

    def test_the_longest_rule_wins(self, tmp_path):
        text = "import a.b.c\nimport a.b\n"
        assert self.twin_of(tmp_path, text, "a.b=x.y", "a.b.c=z.z") == "import z.z\nimport x.y\n"

    def test_a_rule_that_replaces_nothing_is_a_mistake(self, services, capsys):
        assert build(services, "--rename", "AsyncDesks=Desks") == 1
        said = capsys.readouterr().err
        assert "the rule AsyncDesks=Desks replaces nothing" in said

    def test_an_import_that_hides_a_path_is_refused(self, services, capsys):
        write(services / "_async/more.py", "\nfrom shop.web import plain\n")
        assert build(services, "--rename", "shop.web.plain=shop.web.sync") == 1
        assert "_async/more.py:2: `from shop.web import plain` is out of" in capsys.readouterr().err

    @pytest.mark.parametrize(
        "rule",
        [
            "A",
            "A=",
            "=A",
            "A=1",
            "a b=c",
            "A=B=C",
            "A=for",
            "A=a.b",
            "a.=b",
            "A=AsyncB",
            "x.y=AsyncB",
        ],
    )
    def test_what_is_no_rule_is_refused(self, services, capsys, rule):
        assert f"--rename '{rule}'" in refused(
            capsys, services / "_async", services / "_sync", f"--rename={rule}"
        )

    def test_one_name_cannot_become_two(self, services, capsys):
        assert "is to become Desk already" in refused(
            capsys, services / "_async", services / "_sync", *RENAMES, "--rename", "AsyncDesk=Table"
        )


@needs_new_python
class TestFormatting:
    def test_twins_are_formatted_by_the_settings_of_their_place(self, services):
        write(services / "ruff.toml", "line-length = 40\n")
        assert build(services, "--ruff") == 0
        twin = (services / "_sync/desk.py").read_text(encoding="utf-8")
        assert "return [\n" in twin
        assert max(map(len, twin.splitlines()[1:])) <= 60
        assert build(services, "--ruff", "--check") == 0
        assert build(services, "--check") == 1


class TestFitness:
    def test_an_older_python_is_refused_with_the_reason(self):
        reason = command.unfit((3, 11))
        assert reason is not None
        assert "needs Python 3.12 or newer, this is 3.11" in reason

    def test_a_missing_package_is_named_with_the_command_that_brings_it(self, tmp_path):
        done = run_without(tmp_path, "unasync")
        assert done.returncode == 2
        wanted = (
            "needs the package unasync: pip install 'django-vinyl[unasync]'"
            if sys.version_info >= OLDEST_PYTHON
            else "needs Python 3.12"
        )
        assert wanted in done.stderr

    @needs_new_python
    def test_ruff_is_needed_only_where_it_is_asked_for(self, tmp_path):
        assert run_without(tmp_path, "ruff").returncode == 0
        done = run_without(tmp_path, "ruff", "--ruff")
        assert (done.returncode, done.stderr) == (2, "--ruff needs ruff: pip install ruff\n")


def run_without(folder: Path, package: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process that does not find a package."""
    write(folder / "a.py", STOCK)
    program = (
        "import importlib.util, sys\n"
        "find = importlib.util.find_spec\n"
        f"hidden = {package!r}\n"
        "importlib.util.find_spec = lambda name, *a: None if name == hidden else find(name, *a)\n"
        "from vinyl.unasync.command import main\n"
        "sys.exit(main())\n"
    )
    return subprocess.run(
        [sys.executable, "-c", program, "a.py", "b.py", *options],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@needs_new_python
def test_the_command_needs_no_settings_of_djangos(tmp_path):
    write(tmp_path / "a.py", STOCK)
    environ = {key: value for key, value in os.environ.items() if "DJANGO" not in key}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "vinyl.unasync", "a.py", "b.py"],
        cwd=tmp_path,
        env=environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "b.py").exists()
