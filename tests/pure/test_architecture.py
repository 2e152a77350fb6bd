"""Which module may import which, and what the hand-written pair has in common."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
VINYL = ROOT / "vinyl"
PAIR = VINYL / "_runtime"

DRIVERS = {"MySQLdb", "aiomysql", "aiosqlite", "asyncpg", "psycopg", "psycopg_pool", "pymysql"}
# Only the asynchronous side has connections of its own: Django's serve the other one.
ASYNC_ONLY = (
    "backoff",
    "blocks",
    "copying",
    "drivers",
    "holders",
    "pinning",
    "pool",
    "promise",
    "resting",
    "scopes",
    "sharing",
    "timing",
)

TWINS = ("vinyl._async", "vinyl._sync")
PURE_MAY_NOT = (*TWINS, "vinyl._runtime", *sorted(DRIVERS))
# What a module or package may not import; the arrow runs one way:
# exceptions, conf, meta <- sql, plans <- _async -> _runtime.
FORBIDDEN = {
    "bridging": PURE_MAY_NOT,
    "compat": (*PURE_MAY_NOT, "vinyl.sql", "vinyl.plans"),
    "checks": PURE_MAY_NOT,
    "conf": (*PURE_MAY_NOT, "vinyl.sql", "vinyl.plans"),
    "custom": PURE_MAY_NOT,
    "exceptions": (*PURE_MAY_NOT, "vinyl.sql", "vinyl.plans"),
    "meta": (*PURE_MAY_NOT, "vinyl.sql", "vinyl.plans"),
    "mode": (*PURE_MAY_NOT, "vinyl.sql", "vinyl.plans"),
    "sql": (*PURE_MAY_NOT, "vinyl.plans"),
    "plans": PURE_MAY_NOT,
    "standalone": (*PURE_MAY_NOT, "vinyl.sql", "vinyl.plans"),
    "unasync": (*PURE_MAY_NOT, "vinyl.sql", "vinyl.plans", "django"),
    "_runtime": (*TWINS, "vinyl.manager", "vinyl.twins"),
    "_async": ("vinyl._sync", "vinyl._runtime._sync", *sorted(DRIVERS)),
}


def modules(name: str) -> list[Path]:
    """Return the files of one module or package of vinyl; none if it is not there (yet)."""
    single = VINYL / f"{name}.py"
    return [single] if single.exists() else sorted((VINYL / name).rglob("*.py"))


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield every module that a file imports, wherever it does, with relative names resolved."""
    package = dotted(path).split(".")
    if path.name != "__init__.py":
        package.pop()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield node.lineno, base
            # `from vinyl import _async` imports a module, too.
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def is_within(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


@pytest.mark.parametrize("name", FORBIDDEN)
def test_imports_run_one_way(name):
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {imported}"
        for path in modules(name)
        for line, imported in imports(path)
        if is_within(imported, FORBIDDEN[name])
    ]
    assert wrong == []


def test_relative_imports_are_resolved(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    path = tmp_path / "vinyl/sql/door.py"
    path.parent.mkdir(parents=True)
    path.write_text("from .._runtime import pool\nfrom . import rows\nimport psycopg.rows\n")
    assert [name for _, name in imports(path)] == [
        *("vinyl._runtime", "vinyl._runtime.pool", "vinyl.sql", "vinyl.sql.rows", "psycopg.rows")
    ]


@pytest.mark.parametrize("name", ["utils", "helpers", "common"])
def test_no_module_is_named_after_nothing(name):
    assert list(VINYL.rglob(f"{name}.py")) == []


IMPORT_VINYL = """
import sys
import vinyl
from django.conf import settings
assert not settings.configured, "importing vinyl read Django's settings"
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_importing_vinyl_imports_no_driver_and_reads_no_settings():
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_VINYL],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert DRIVERS & set(done.stdout.split()) == set()


def side(name: str) -> set[str]:
    """Return the modules of one side of the pair."""
    folder = PAIR / name
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.py")}


def pair() -> list[str]:
    """Return the modules that both sides have."""
    return sorted(side("_async") & side("_sync"))


def definitions(path: Path) -> dict[str, ast.stmt]:
    """Return the public names that a module defines; an `__all__` has the last word."""
    found: dict[str, ast.stmt] = {}
    exported: dict[str, ast.stmt] | None = None
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                found[statement.name] = statement
            case ast.Assign(targets=[ast.Name(id="__all__"), *_]):
                exported = dict.fromkeys(ast.literal_eval(statement.value), statement)
            case ast.Assign(targets=targets):
                found |= {name.id: statement for name in targets if isinstance(name, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                found[name] = statement
    if exported is not None:
        return exported | {name: found[name] for name in exported if name in found}
    return {name: statement for name, statement in found.items() if not name.startswith("_")}


def test_both_sides_of_the_pair_have_the_same_modules():
    shared = {
        name for name in side("_async") if Path(name).with_suffix("").parts[0] not in ASYNC_ONLY
    }
    assert shared == side("_sync")


@pytest.mark.parametrize("module", pair())
def test_what_the_synchronous_side_offers_the_other_does(module):
    missing = definitions(PAIR / "_sync" / module).keys() - bound(PAIR / "_async" / module)
    assert missing == set()


@pytest.mark.parametrize("module", pair())
def test_functions_of_the_pair_take_the_same_arguments(module):
    ours, theirs = (definitions(PAIR / side / module) for side in ("_sync", "_async"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    differing = [
        name
        for name in ours.keys() & theirs.keys()
        if isinstance(ours[name], functions)
        and isinstance(theirs[name], functions)
        and arguments(ours[name]) != arguments(theirs[name])
    ]
    assert differing == []


def arguments(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    names = [node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)]
    return [*names, *map(ast.unparse, function.args.defaults)]


def bound(path: Path) -> set[str]:
    """Return every name that a module has, those it imports too."""
    names = set(definitions(path))
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
    return names


def test_whatever_is_taken_from_one_side_is_on_both():
    """The twins import the same names, so a name that one side lacks breaks one mode only."""
    missing = []
    for path in VINYL.rglob("*.py"):
        # What users test with is no twin: it serves both modes, by what only one side needs.
        if PAIR in path.parents or VINYL / "test" in path.parents:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                for name in ("_async", "_sync"):
                    missing += lacking(node, f"vinyl._runtime.{name}", path)
    assert missing == []


def lacking(node: ast.ImportFrom, package: str, path: Path) -> Iterator[str]:
    if not is_within(str(node.module), (package,)):
        return
    inner = str(node.module)[len(package) :].strip(".").replace(".", "/")
    for other in ("_async", "_sync"):
        file = PAIR / other / (f"{inner}.py" if inner else "__init__.py")
        if not file.exists():
            file = PAIR / other / inner / "__init__.py"
        names = bound(file) if file.exists() else set()
        for alias in node.names:
            if alias.name not in names and not (file.parent / f"{alias.name}.py").exists():
                yield (
                    f"{path.relative_to(ROOT)}:{node.lineno}: no {alias.name} in {file.parent.name}"
                )
