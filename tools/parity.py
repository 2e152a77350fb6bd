"""
Keep `tests/parity.tsv`: each public method of Django's ORM, what the twins make of it, a test.

    python tools/parity.py            writes the file; rows keep the test that they name
    python tools/parity.py --check    writes nothing, tells what is not current

A row is the class, the method, the state in the async and in the sync twin, and a test, as
`path::function`, or `path::case` for a row of the differential table. The states:

- `native`: vinyl's own
- `Django's`: asks the database nothing, or ends in what is native
- `refused`: belongs to the other mode
- `issue: not native yet`: raises NotSupportedError

A method of Django's that has no row, or a row with no test, fails the tests, by its name.
"""

from __future__ import annotations

import csv
import inspect
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "tests/parity.tsv"

NATIVE, DJANGOS, REFUSED = "native", "Django's", "refused"
NOT_YET = "issue: not native yet"


class Row(NamedTuple):
    """One method of one class of Django's."""

    of: str
    method: str
    in_async: str
    in_sync: str
    test: str = ""


class Subject(NamedTuple):
    """A class of Django's, the names in question, and what the twins have in its place."""

    name: str
    stock: type[Any]
    names: list[str]
    twins: tuple[type[Any], type[Any]]


def subjects() -> Iterator[Subject]:
    """Yield the classes to compare."""
    from django.db.models import Model, QuerySet
    from django.db.models.query import RawQuerySet

    from tests.app.models import Album, Label
    from vinyl.twins import twin, twin_module

    sides = (True, False)
    querysets = tuple(twin_module("queryset", side).QuerySet for side in sides)
    models = tuple(twin_module("model", side).Model for side in sides)
    raws = tuple(twin_module("raw", side).RawQuerySet for side in sides)
    yield Subject("QuerySet", QuerySet, public(dir(QuerySet)), querysets)
    yield Subject("RawQuerySet", RawQuerySet, public(dir(RawQuerySet)), raws)
    yield Subject("Model", Model, public(dir(Model)), models)
    for name, stock in (
        ("reverse manager", Label.artists),
        ("many-to-many manager", Album.genres),
        ("generic manager", Album.__dict__["tags"]),
    ):
        manager = stock.related_manager_cls
        managers = tuple(twin(side).related_manager(stock) for side in sides)
        yield Subject(name, manager, public(written(manager)), managers)


def written(manager: type[Any]) -> Iterator[str]:
    """Yield the methods that a manager of a relation adds, its helpers apart."""
    inner = ("constrained_target", "do_not_call_in_templates", "set_base")
    for name in vars(manager):
        if name not in inner and not name.startswith("get_prefetch"):
            yield name


def public(names: Any) -> list[str]:
    """Return the names that are no implementation detail, in order."""
    return sorted(name for name in names if not name.startswith("_"))


def rows() -> list[Row]:
    """Return the rows for the running Django, without tests."""
    return [
        Row(subject.name, name, *(state(subject, name, side) for side in (0, 1)))
        for subject in subjects()
        for name in subject.names
    ]


def state(subject: Subject, name: str, side: int) -> str:
    """Tell what a twin makes of a method."""
    in_async = side == 0
    method = inspect.getattr_static(subject.twins[side], name, None)
    stock = inspect.getattr_static(subject.stock, name)
    if getattr(method, "__qualname__", "").startswith("refused."):
        return NOT_YET if in_async else REFUSED
    same = method is None or method is stock or same_code(method, stock)
    return DJANGOS if same else NATIVE


def same_code(method: Any, stock: Any) -> bool:
    """Tell whether a method is Django's, in a class that Django made anew."""
    code = getattr(stock, "__code__", None)
    return code is not None and getattr(method, "__code__", None) is code


def read() -> list[Row]:
    """Return the rows of the file."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return [Row(*fields) for fields in csv.reader(file, delimiter="\t")][1:]


def merged(old: list[Row], new: list[Row]) -> list[Row]:
    """Return the new rows with the tests of the old ones; what only other versions have stays."""
    tests = {row[:2]: row.test for row in old}
    current = [row._replace(test=tests.get(row[:2], "")) for row in new]
    known = {row[:2] for row in new}
    order = {name: number for number, name in enumerate(dict.fromkeys(row.of for row in new))}
    return sorted(
        [*current, *(row for row in old if row[:2] not in known)],
        key=lambda row: (order.get(row.of, len(order)), row.method),
    )


def problems(old: list[Row], new: list[Row]) -> Iterator[str]:
    """Yield what is wrong with the file for the running Django."""
    known = {row[:2]: row for row in old}
    for row in new:
        label = f"{row.of}.{row.method}"
        found = known.get(row[:2])
        if found is None:
            yield f"{label} has no row: run tools/parity.py, and name its test"
        elif found[2:4] != row[2:4]:
            yield f"{label} is {row[2:4]}, and its row says {found[2:4]}: run tools/parity.py"
        elif not found.test:
            yield f"{label} has no test"
    if len(known) != len(old):
        yield "a method has two rows"


def write(table: list[Row]) -> None:
    """Write the file."""
    with FILE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(("class", "method", "async", "sync", "test"))
        writer.writerows(table)


def main(arguments: list[str]) -> int:
    """Write or check the file; return the exit code."""
    import django

    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    old = read() if FILE.exists() else []
    if "--check" not in arguments:
        old = merged(old, rows())
        write(old)
    found = list(problems(old, rows()))
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
