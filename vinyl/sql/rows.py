"""Turn the rows of a compiled SELECT into what the queryset promises: objects, dicts, tuples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from django.db.models.query import ModelIterable

from vinyl.fetch_modes import FETCH_ONE, mark
from vinyl.origins import Origin, origin_behind
from vinyl.sql.converters import Convert, Row, converters_of
from vinyl.sql.instances import Make, maker

if TYPE_CHECKING:
    from vinyl.stock import Model, QuerySet, SQLCompiler

    ClassOf = Callable[[type[Model]], type[Model]]

Load = Callable[[Sequence[Row]], list[Any]]


def loader(queryset: QuerySet, compiler: SQLCompiler, class_of: ClassOf, db: str) -> Load:
    """
    Return the function that makes the results of a queryset from its rows.

    `compiler` has compiled the queryset's statement; `class_of` gives the class to instantiate
    for a model that the query reads; `db` is the alias that the objects are said to come from.
    """
    if not issubclass(queryset._iterable_class, ModelIterable):
        return lambda rows: _by_iterable(queryset, compiler, rows)
    return _Objects(compiler, class_of, db, queryset).load


def load(
    queryset: QuerySet,
    compiler: SQLCompiler,
    rows: Sequence[Row],
    class_of: ClassOf,
    db: str,
) -> list[Any]:
    """Return the results of a queryset from the rows of its statement; see `loader`."""
    return loader(queryset, compiler, class_of, db)(rows) if rows else []


def _by_iterable(queryset: QuerySet, compiler: SQLCompiler, rows: Sequence[Row]) -> list[Any]:
    """Let an iterable of Django's or the user's shape the rows: values(), values_list(), ..."""
    if compiler.has_extra_select:
        rows = [row[: compiler.col_count] for row in rows]
    compiler.answer = [rows]
    return list(queryset._iterable_class(_Ran(queryset, compiler)))


class _Ran:
    """Stand for a queryset whose statement has run, to the iterables of Django's."""

    def __init__(self, queryset: QuerySet, compiler: SQLCompiler) -> None:
        self.queryset = queryset
        self.compiler = compiler
        self.db = queryset.db

    @property
    def query(self) -> _Ran:
        """Be one's own query, too."""
        return self

    def get_compiler(self, *args: Any, **kwargs: Any) -> SQLCompiler:
        """Return the compiler that has the rows."""
        return self.compiler

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            return getattr(self.queryset, name)
        return getattr(self.queryset.query, name)


class _Objects:
    """Make the objects of one compiled statement."""

    def __init__(
        self, compiler: SQLCompiler, class_of: ClassOf, db: str, queryset: QuerySet
    ) -> None:
        self.select = compiler.select
        self.converters: dict[int, Convert] = converters_of(compiler)
        self.joined_keys = _joining_keys(compiler, self.converters)
        if self.joined_keys is not None:
            self.converters = {}
        self.class_of = class_of
        self.db = db
        self.known = _known_related(queryset)
        self.fetch_mode = getattr(queryset, "_fetch_mode", FETCH_ONE)
        info = compiler.klass_info
        self.model = queryset.model
        origin: Origin | None = getattr(queryset, "_origin", None)
        self.make = self.maker_of(info, origin)
        self.annotations = dict(compiler.annotation_col_map or {})
        self.related = self.related_of(info, origin)

    def load(self, rows: Sequence[Row]) -> list[Any]:
        """Return an object a row."""
        if self.joined_keys is not None:
            rows = self.joined_keys(rows)
        objects = list(map(self.make, rows))
        mark(objects, self.fetch_mode)
        for name, position in self.annotations.items():
            convert = self.converters.get(position)
            for obj, row in zip(objects, rows, strict=True):
                value = row[position]
                setattr(obj, name, value if convert is None else convert(value))
        for related in self.related:
            related.load(objects, rows)
        for field, known, names in self.known:
            _set_known(objects, field, known, names)
        return objects

    def related_of(self, info: dict[str, Any], origin: Origin | None) -> list[_Related]:
        """Return what makes the objects that select_related() reads along with others."""
        return [
            _Related(
                self,
                each,
                origin_behind(self.model, origin, _name_of(each), prefetched=False),
            )
            for each in info.get("related_klass_infos", ())
        ]

    def maker_of(self, info: dict[str, Any], origin: Origin | None) -> Make:
        """Return the function that makes the object of one of Django's `klass_info`s."""
        positions = list(info["select_fields"])
        names = [self.select[position][0].target.attname for position in positions]
        if info.get("from_parent"):
            at = dict(zip(names, positions, strict=True))
            names = [f.attname for f in info["model"]._meta.concrete_fields if f.attname in at]
            positions = [at[name] for name in names]
        converters = {p: self.converters[p] for p in positions if p in self.converters}
        model = self.class_of(info["model"])
        return maker(model, names, positions, converters, self.db, origin, self.fetch_mode)


class _Related:
    """Make the objects that select_related() reads along, and join them to their parents."""

    def __init__(self, objects: _Objects, info: dict[str, Any], origin: Origin) -> None:
        self.make = objects.maker_of(info, origin)
        self.fetch_mode = objects.fetch_mode
        self.set_local = info["local_setter"]
        self.set_remote = info["remote_setter"]
        keys = {field.attname for field in info["model"]._meta.pk_fields}
        select = objects.select
        self.keys = [p for p in info["select_fields"] if select[p][0].target.attname in keys]
        self.related = objects.related_of(info, origin)

    def load(self, parents: list[Any], rows: Sequence[Row]) -> None:
        """Give each parent its object, or None where the key is NULL."""
        joined: list[tuple[Any, Any]] = []
        present: list[Row] = []
        keys, make = self.keys, self.make
        for parent, row in zip(parents, rows, strict=True):
            if any(row[key] is None for key in keys):
                self.set_local(parent, None)
            else:
                joined.append((parent, make(row)))
                present.append(row)
        children = [child for _, child in joined]
        mark(children, self.fetch_mode)
        for related in self.related:
            related.load(children, present)
        # Last, so that the way back from a child leads to the very parent it was reached by.
        set_local, set_remote = self.set_local, self.set_remote
        for parent, child in joined:
            set_local(parent, child)
            set_remote(child, parent)


def _joining_keys(
    compiler: SQLCompiler, converters: dict[int, Convert]
) -> Callable[[Sequence[Row]], list[Row]] | None:
    """
    Return what makes one value of the columns of an annotated composite key, if there is one.

    Converters are by column, all that is known of a query by value: here both happen.
    """
    columns = [column[0] for column in compiler.select[: compiler.col_count]]
    if not compiler.has_composite_fields(columns):
        return None

    def join(rows: Sequence[Row]) -> list[Row]:
        converted = [list(row) for row in rows]
        for position, convert in converters.items():
            for row in converted:
                row[position] = convert(row[position])
        return list(compiler.composite_fields_to_tuples(converted, columns))

    return join


def _name_of(info: dict[str, Any]) -> str:
    """Return the name by which select_related() knows a relation."""
    if not info["reverse"]:
        name: str = info["field"].name
    elif isinstance(info["remote_setter"], partial):  # A FilteredRelation.
        name = info["remote_setter"].args[0]
    else:
        name = info["field"].related_query_name()
    return name


def _known_related(queryset: QuerySet) -> list[Any]:
    """Return what the query was made from (`parent.children`): field, objects, attributes."""
    meta = queryset.model._meta
    return [
        (
            field,
            known,
            [
                field.attname if name == "self" else meta.get_field(name).attname
                for name in field.from_fields
            ],
        )
        for field, known in queryset._known_related_objects.items()
    ]


def _set_known(objects: list[Any], field: Any, known: dict[Any, Any], names: list[str]) -> None:
    key_of = attrgetter(*names)
    for obj in objects:
        if field.is_cached(obj) or any(name not in obj.__dict__ for name in names):
            continue
        if (related := known.get(key_of(obj))) is not None:
            setattr(obj, field.name, related)
