"""Plant each fault in a copy of a small project; the build or its check must find it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tools import unasync_build
from vinyl.unasync import OLDEST_PYTHON

ROOT = Path(__file__).resolve().parents[2]

needs_new_python = pytest.mark.skipif(
    sys.version_info < OLDEST_PYTHON, reason="twins are built with Python 3.12"
)

QUERY = '''"""
Run queries; `async` and await in a docstring stay.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from vinyl._async.nested.rows import fetch
from vinyl._runtime._async import Lock


class Query:
    """Hold rows."""

    async def all(self, lock: Lock) -> list[int]:
        """Return the rows."""
        async with lock:
            return [row async for row in self] + await fetch(3)

    async def __aiter__(self) -> AsyncIterator[int]:
        for row in await fetch(2):
            yield row

    async def many(self, keys: Iterable[int]) -> str:
        """Return a text, long enough in its source to fit one line only without its awaits."""
        return "".join([str(await fetch(key)) for key in keys if await fetch(key) != [key, key]])
'''
ROWS = '''"""Fetch."""


async def fetch(count: int) -> list[int]:
    """Count."""
    return list(range(count))
'''
TEST = """from vinyl._async.nested.rows import fetch


async def test_fetch_counts():
    assert await fetch(2) == [0, 1]
"""


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def build(root: Path, *, check: bool = False) -> int:
    return unasync_build.build(root, check=check, ruff_config=ROOT / "pyproject.toml")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose twins are fresh."""
    write(tmp_path / "vinyl/_async/__init__.py", "")
    write(tmp_path / "vinyl/_async/query.py", QUERY)
    write(tmp_path / "vinyl/_async/nested/__init__.py", "")
    write(tmp_path / "vinyl/_async/nested/rows.py", ROWS)
    write(tmp_path / "tests/_async/test_rows.py", TEST)
    assert build(tmp_path) == 0
    return tmp_path


@pytest.fixture
def twin(project: Path) -> Path:
    return project / "vinyl/_sync/query.py"


@needs_new_python
class TestBuild:
    def test_every_module_of_the_folder_gets_a_twin(self, project):
        twins = {
            path.relative_to(project).as_posix()
            for folder in ("vinyl/_sync", "tests/_sync")
            for path in (project / folder).rglob("*")
            if path.is_file()
        }
        assert twins == {
            "vinyl/_sync/__init__.py",
            "vinyl/_sync/query.py",
            "vinyl/_sync/nested/__init__.py",
            "vinyl/_sync/nested/rows.py",
            "tests/_sync/test_rows.py",
        }

    def test_a_twin_is_the_source_without_async_and_await(self, twin):
        text = twin.read_text(encoding="utf-8")
        assert "Run queries; `async` and await in a docstring stay." in text
        assert "from collections.abc import Iterable, Iterator\n" in text
        assert "from vinyl._runtime._sync import Lock\n" in text
        assert "from vinyl._sync.nested.rows import fetch\n" in text
        assert "    def all(self, lock: Lock) -> list[int]:\n" in text
        assert "        with lock:\n" in text
        assert "return [row for row in self] + fetch(3)\n" in text
        assert "    def __iter__(self) -> Iterator[int]:\n" in text

    def test_the_first_line_tells_where_the_twin_comes_from(self, project):
        rows = (project / "vinyl/_sync/nested/rows.py").read_text(encoding="utf-8")
        assert rows.splitlines()[0] == (
            "# Generated from vinyl/_async/nested/rows.py by `python tools/unasync_build.py`; "
            "never edit."
        )

    def test_the_sources_stay_as_they_are(self, project):
        assert (project / "vinyl/_async/query.py").read_text(encoding="utf-8") == QUERY

    def test_a_twin_is_what_ruff_makes_of_a_single_file(self, project, twin):
        text = twin.read_text(encoding="utf-8")
        for arguments in (["check", "--select", "I", "--fix"], ["format"]):
            done = subprocess.run(
                [
                    *(sys.executable, "-m", "ruff", *arguments, "--no-cache", "--quiet"),
                    *("--stdin-filename", str(ROOT / "vinyl/_sync/query.py"), "-"),
                ],
                cwd=ROOT,
                input=text,
                capture_output=True,
                text=True,
                check=True,
            )
            assert done.stdout == text

    def test_a_second_build_writes_nothing(self, project, twin, capsys):
        before = twin.stat().st_mtime_ns
        capsys.readouterr()
        assert build(project) == 0
        assert capsys.readouterr().out == "5 twins, 0 changed\n"
        assert twin.stat().st_mtime_ns == before

    def test_only_the_changed_twin_is_written(self, project, capsys):
        write(project / "vinyl/_async/nested/rows.py", ROWS + "\n\nVERSION = 2\n")
        capsys.readouterr()
        build(project)
        assert capsys.readouterr().out == "wrote vinyl/_sync/nested/rows.py\n5 twins, 1 changed\n"

    def test_a_stale_twin_and_its_empty_folder_are_deleted(self, project):
        for path in (project / "vinyl/_async/nested").iterdir():
            path.unlink()
        (project / "vinyl/_async/nested").rmdir()
        build(project)
        assert not (project / "vinyl/_sync/nested").exists()
        assert (project / "vinyl/_sync/query.py").exists()

    def test_other_files_are_neither_copied_nor_deleted(self, project):
        write(project / "vinyl/_async/data.json", "{}")
        kept = write(project / "vinyl/_sync/py.typed", "")
        build(project)
        assert kept.exists()
        assert not (project / "vinyl/_sync/data.json").exists()
        assert build(project, check=True) == 0

    def test_a_damaged_source_writes_nothing_at_all(self, project):
        write(project / "vinyl/_async/new.py", "NEW = 1\n")
        write(project / "tests/_async/test_rows.py", "import asyncio\n")
        with pytest.raises(Exception, match=r"tests/_async/test_rows\.py:1: `asyncio`"):
            build(project)
        assert not (project / "vinyl/_sync/new.py").exists()


@needs_new_python
class TestCheck:
    """Each test plants one fault."""

    def check(self, project: Path, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
        capsys.readouterr()
        before = {path: path.read_bytes() for path in project.rglob("*.py")}
        assert build(project, check=True) == 1
        assert {path: path.read_bytes() for path in project.rglob("*.py")} == before
        out, err = capsys.readouterr()
        return out, err

    def test_fresh_twins_pass(self, project, capsys):
        capsys.readouterr()
        assert build(project, check=True) == 0
        assert capsys.readouterr().out == "5 twins, 0 changed\n"

    def test_a_hand_edited_twin_fails_with_a_diff(self, project, twin, capsys):
        write(twin, twin.read_text(encoding="utf-8").replace("fetch(3)", "fetch(4)"))
        out, err = self.check(project, capsys)
        assert "--- on disk/vinyl/_sync/query.py\n+++ generated/vinyl/_sync/query.py\n" in out
        assert "-            return [row for row in self] + fetch(4)\n" in out
        assert "+            return [row for row in self] + fetch(3)\n" in out
        assert "vinyl/_sync/query.py: the twin differs" in err

    def test_code_appended_to_a_twin_fails(self, project, twin, capsys):
        with twin.open("a", encoding="utf-8") as file:
            file.write("\n\nEXTRA = 1\n")
        out, _ = self.check(project, capsys)
        assert "-EXTRA = 1" in out

    def test_a_blank_line_appended_to_a_twin_fails(self, project, twin, capsys):
        with twin.open("a", encoding="utf-8") as file:
            file.write("\n")
        self.check(project, capsys)

    def test_other_line_ends_fail(self, project, twin, capsys):
        twin.write_bytes(twin.read_bytes().replace(b"\n", b"\r\n"))
        self.check(project, capsys)

    def test_a_missing_header_fails(self, project, twin, capsys):
        write(twin, twin.read_text(encoding="utf-8").partition("\n")[2])
        self.check(project, capsys)

    @pytest.mark.parametrize(
        "path", ["vinyl/_sync/old.py", "vinyl/_sync/nested/deep/old.py", "tests/_sync/test_old.py"]
    )
    def test_a_stale_twin_fails(self, project, path, capsys):
        write(project / path, "OLD = 1\n")
        out, err = self.check(project, capsys)
        assert "+++ /dev/null" in out
        assert f"{path}: the twin is stale, its source is gone" in err

    @pytest.mark.parametrize(
        "path",
        ["vinyl/_sync/query.py", "vinyl/_sync/nested/__init__.py", "tests/_sync/test_rows.py"],
    )
    def test_a_missing_twin_fails(self, project, path, capsys):
        (project / path).unlink()
        out, err = self.check(project, capsys)
        assert "--- /dev/null" in out
        assert f"{path}: the twin is missing" in err

    def test_a_source_changed_without_a_build_fails(self, project, capsys):
        write(project / "vinyl/_async/nested/rows.py", ROWS.replace("range", "reversed"))
        out, _ = self.check(project, capsys)
        assert "+    return list(reversed(count))" in out

    def test_an_await_left_over_in_a_twin_fails(self, project, twin, capsys):
        write(twin, twin.read_text(encoding="utf-8").replace("fetch(3)", "await fetch(3)"))
        out, _ = self.check(project, capsys)
        assert "-            return [row for row in self] + await fetch(3)" in out

    def test_an_await_that_the_transformation_would_leave_fails(self, project):
        write(
            project / "vinyl/_async/late.py",
            "async def show(row):\n    return f'{await row}'\n",
        )
        with pytest.raises(
            Exception, match=r"vinyl/_async/late\.py:2: an await inside an f-string"
        ):
            build(project, check=True)

    def test_twins_without_their_source_folder_fail(self, project):
        (project / "tests/_async/test_rows.py").unlink()
        (project / "tests/_async").rmdir()
        with pytest.raises(Exception, match="its source folder tests/_async is not"):
            build(project, check=True)


@needs_new_python
class TestCommand:
    def test_the_twins_of_this_project_are_fresh(self):
        done = subprocess.run(
            [sys.executable, str(ROOT / "tools/unasync_build.py"), "--check"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr


class TestUnfit:
    def test_an_older_python_is_refused_with_the_way_out(self):
        reason = unasync_build.unfit((3, 11), ROOT / "pyproject.toml")
        assert reason is not None
        assert "Python 3.12 or newer, this is 3.11: run `python3.12 tools" in reason

    def test_another_version_of_a_pinned_tool_is_refused(self, tmp_path):
        project = write(
            tmp_path / "pyproject.toml", '[dependency-groups]\ntwins = ["unasync==0.5.0"]\n'
        )
        reason = unasync_build.unfit((3, 12), project)
        assert reason == (
            "the twins are built with unasync==0.5.0, but unasync is 0.6.0: "
            "run `pip install unasync==0.5.0`"
        )

    def test_a_missing_tool_is_named(self, tmp_path):
        project = write(
            tmp_path / "pyproject.toml", '[dependency-groups]\ntwins = ["no-such-tool==1"]\n'
        )
        assert "no-such-tool is not installed" in str(unasync_build.unfit((3, 12), project))
