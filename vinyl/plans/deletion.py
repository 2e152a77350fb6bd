"""DELETE with all that hangs on it: what to collect, in which order to write."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from functools import reduce
from itertools import chain
from operator import attrgetter, or_
from typing import Any

from django.db.models import Q
from django.db.models.deletion import ProtectedError, RestrictedError
from django.db.models.sql import UpdateQuery

from vinyl.compat import ON_DELETE_BY_DATABASE
from vinyl.plans import Plan
from vinyl.plans.contenttypes import content_type_of, make_known_at_door
from vinyl.plans.deleting_rows import batches, delete_rows
from vinyl.plans.replaying import replayed
from vinyl.plans.states import States
from vinyl.plans.updating import update
from vinyl.sql.door import statement_of, stop
from vinyl.sql.rows import load
from vinyl.stock import Collector as DjangoCollector
from vinyl.stock import Model, QuerySet, get_candidate_relations_to_delete

Deleted = tuple[int, dict[str, int]]
Objects = Any  # A list of instances of one model, or an unevaluated queryset.


class Collector(DjangoCollector):
    """
    Collect and delete objects as Django does, by plans.

    Django's bookkeeping is inherited; its queries are yielded. `using` is the name of the
    dialect, so that what is inherited compiles for it.
    """

    def __init__(self, connection: Any, origin: Any) -> None:
        super().__init__(using=connection.vinyl_door, origin=origin)
        self.connection = connection
        self._asked: list[Callable[[], Plan[None] | None]] = []

    def _has_signal_listeners(self, model: type[Model]) -> bool:
        # vinyl sends no signals, so none has to be served.
        return False

    def collect(self, objs: Objects, **options: Any) -> None:
        """Note what an on_delete handler asks to collect; `collecting()` does it."""
        self._asked.append(lambda: self.collecting(objs, **options))

    def add_field_update(self, field: Any, value: Any, objs: Objects) -> None:
        """Note an update that an on_delete handler asks for, in its turn with what it collects."""
        self._asked.append(lambda: super(Collector, self).add_field_update(field, value, objs))

    def related_objects(
        self, related_model: type[Model], related_fields: Any, objs: list[Any]
    ) -> QuerySet:
        """
        Return a queryset of what refers to objects by any of these fields.

        Django hands the objects themselves to the lookups, which take each apart; where a field
        refers by one column, its values are handed on here.
        """
        any_of = Q(_connector=Q.OR)
        for field in related_fields:
            any_of.children.append((f"{field.name}__in", _values_referred_to(field, objs)))
        found: QuerySet = related_model._base_manager.using(self.using).filter(any_of)
        return found

    def collecting(
        self,
        objs: Objects,
        source: type[Model] | None = None,
        nullable: bool = False,
        collect_related: bool = True,
        source_attr: str | None = None,
        reverse_dependency: bool = False,
        keep_parents: bool = False,
        fail_on_restricted: bool = True,
    ) -> Plan[None]:
        """Collect objects and what hangs on them. The arguments are those of Django's collect()."""
        if self.can_fast_delete(objs):
            self.fast_deletes.append(objs)
            return
        objs = yield from self._evaluated(objs)
        new_objs = self.add(objs, source, nullable, reverse_dependency=reverse_dependency)
        if not new_objs:
            return
        yield from self._complete(new_objs)
        if not keep_parents:
            yield from self._collect_parents(new_objs)
        if collect_related:
            yield from self._collect_related(new_objs, keep_parents)
            if fail_on_restricted:
                yield from self._check_restricted(new_objs[0].__class__)

    def _evaluated(self, objs: Objects) -> Plan[Objects]:
        """Run a queryset of Django's, as if it had been evaluated by itself."""
        if isinstance(objs, QuerySet) and objs._result_cache is None:
            compiler = objs.query.get_compiler(connection=self.connection)
            statement = statement_of(compiler)
            rows = [] if statement is None else (yield statement).rows
            objs._result_cache = load(objs, compiler, rows, _as_it_is, self.connection.alias)
        return objs

    def _complete(self, objs: list[Any]) -> Plan[None]:
        """Read the columns that cascading needs of objects that were loaded without them."""
        model = objs[0].__class__
        names = _referenced_names(model) | _link_names(model)
        incomplete = {obj.pk: obj for obj in objs if not names <= obj.__dict__.keys()}
        for batch in batches(list(incomplete)):
            rows = model._base_manager.using(self.using).filter(pk__in=batch).only(*names)
            for row in (yield from self._evaluated(rows)):
                known = incomplete.pop(row.pk).__dict__
                for name in names:
                    known.setdefault(name, row.__dict__[name])
        if incomplete:  # As Django says, which reads the columns one by one.
            raise model.DoesNotExist(
                f"{model._meta.object_name} matching query does not exist: the row with the "
                f"primary key {next(iter(incomplete))!r} is gone, so that what refers to it cannot "
                "be found."
            )

    def _collect_parents(self, objs: list[Any]) -> Plan[None]:
        model = objs[0].__class__
        for link in model._meta.concrete_model._meta.parents.values():
            if link:
                yield from self.collecting(
                    [_parent_of(obj, link) for obj in objs],
                    source=model,
                    collect_related=False,
                    reverse_dependency=True,
                    fail_on_restricted=False,
                )

    def _collect_related(self, objs: list[Any], keep_parents: bool) -> Plan[None]:
        model = objs[0].__class__
        fast: dict[type[Model], list[Any]] = defaultdict(list)
        protected: dict[str, list[Any]] = defaultdict(list)
        for related in get_candidate_relations_to_delete(model._meta):
            of_parent = related.model._meta.concrete_model in model._meta.all_parents
            if keep_parents and of_parent:
                continue
            field = related.field
            if field.remote_field.on_delete in ON_DELETE_BY_DATABASE:
                continue
            if self.can_fast_delete(related.related_model, from_field=field):
                fast[related.related_model].append(field)
                continue
            try:
                yield from self._handle(related.related_model, field, objs)
            except ProtectedError as error:
                key = f"'{field.model.__name__}.{field.name}'"
                protected[key] += error.protected_objects
        if protected:
            raise _protected(model, protected)
        for related_model, fields in fast.items():
            for batch in self.get_del_batches(objs, fields):
                self.fast_deletes.append(self.related_objects(related_model, fields, batch))
        yield from self._collect_generic(model, objs)

    def _handle(self, related_model: type[Model], field: Any, objs: list[Any]) -> Plan[None]:
        """Read the objects that point here with a field, and do as its on_delete says."""
        on_delete = field.remote_field.on_delete
        protected: list[Any] = []
        for batch in self.get_del_batches(objs, [field]):
            found = self.related_objects(related_model, [field], batch)
            if not found.query.select_related:
                found = found.only(*_names_to_read(related_model))
            if not getattr(on_delete, "lazy_sub_objs", False):
                found = yield from self._evaluated(found)
                if not found:
                    continue
            try:
                yield from replayed(self.connection, self._asking(on_delete, field, found))
                for do in self._asked:
                    if (plan := do()) is not None:
                        yield from plan
            except ProtectedError as error:
                protected += error.protected_objects
        if protected:
            raise ProtectedError("", set(protected))

    def _asking(self, on_delete: Any, field: Any, found: Objects) -> Callable[[], None]:
        """
        Return a call that lets a handler ask for what it wants, and may be made again.

        What it asked for, and what it loaded of the objects, is then void.
        """
        # Django's own look at no object.
        looked_at = [] if _is_djangos(on_delete) or _is_unevaluated(found) else found
        before = States.with_related(looked_at)

        def ask() -> None:
            before.put_back()
            self._asked = []
            on_delete(self, field, found, self.connection.alias)

        return ask

    def _collect_generic(self, model: type[Model], objs: list[Any]) -> Plan[None]:
        for field in model._meta.private_fields:
            if not hasattr(field, "bulk_related_objects"):
                continue
            kind = yield from content_type_of(
                self.connection, field.model, field.for_concrete_model
            )
            if kind is None:
                continue  # With no row of the type there, nothing can refer to it.
            make_known_at_door(self.connection, kind)
            found = field.bulk_related_objects(objs, self.using)
            yield from self.collecting(found, source=model, nullable=True, fail_on_restricted=False)

    def _check_restricted(self, model: type[Model]) -> Plan[None]:
        """Raise RestrictedError unless what is restricted is going to be deleted as well."""
        for related_model, instances in self.data.items():
            self.clear_restricted_objects_from_set(related_model, instances)
        for queryset in self.fast_deletes:
            if queryset.model in self.restricted_objects:
                restricted = self.restricted_objects[queryset.model].values()
                keys = [obj.pk for objs in restricted for obj in objs]
                going = yield from self._evaluated(queryset.filter(pk__in=keys))
                self.clear_restricted_objects_from_set(queryset.model, set(going))
        found: dict[str, list[Any]] = defaultdict(list)
        for related_model, fields in self.restricted_objects.items():
            for field, objs in fields.items():
                if objs:
                    found[f"'{related_model.__name__}.{field.name}'"] += objs
        if found:
            raise RestrictedError(
                f"Cannot delete some instances of model {model.__name__!r} because they are "
                f"referenced through restricted foreign keys: {', '.join(found)}.",
                set(chain.from_iterable(found.values())),
            )

    def single(self) -> Any | None:
        """Return the only object to delete, if one statement does it."""
        if len(self.data) == 1 and not self.fast_deletes and not self.field_updates:
            (instances,) = self.data.values()
            if len(instances) == 1 and self.can_fast_delete(next(iter(instances))):
                return next(iter(instances))
        return None

    def is_single_statement(self) -> bool:
        """Tell whether deleting what was collected takes at most one statement."""
        if self.single() is not None:
            return True
        return not self.data and not self.field_updates and len(self.fast_deletes) <= 1

    def deleting(self) -> Plan[Deleted]:
        """Delete what was collected; return the counts as Django's delete() does."""
        if (obj := self.single()) is not None:
            model = obj.__class__
            count = yield from delete_rows(self.connection, model, [obj.pk])
            return count, {model._meta.label: count}
        counter: Counter[str] = Counter()
        for model, instances in self.data.items():
            self.data[model] = sorted(instances, key=attrgetter("pk"))
        self.sort()
        for queryset in self.fast_deletes:
            _count(counter, queryset.model, (yield from self._delete_fast(queryset)))
        yield from self._update_fields()
        for model, instances in self.data.items():
            keys = [obj.pk for obj in reversed(instances)]
            _count(counter, model, (yield from delete_rows(self.connection, model, keys)))
        return counter.total(), dict(counter)

    def _delete_fast(self, queryset: Any) -> Plan[int]:
        rows = queryset.using(self.using)
        statement = statement_of(stop(lambda: rows._raw_delete(self.using)))
        return 0 if statement is None else (yield statement).rowcount

    def _update_fields(self) -> Plan[None]:
        for (field, value), found in self.field_updates.items():
            lazy = [objs for objs in found if _is_unevaluated(objs)]
            objs = list(chain.from_iterable(o for o in found if not _is_unevaluated(o)))
            if lazy:
                together = reduce(or_, lazy).using(self.using)
                yield from update(stop(lambda: together.update(**{field.name: value})))  # noqa: B023
            for batch in batches(list({obj.pk for obj in objs})):
                query = UpdateQuery(objs[0].__class__)
                values = {field.name: value}
                yield from update(
                    stop(lambda: query.update_batch(batch, values, self.using))  # noqa: B023
                )


def _as_it_is(model: type[Model]) -> type[Model]:
    return model


def _parent_of(obj: Any, link: Any) -> Any:
    """Make the parent of a multi-table child from what the child has; it is only deleted by key."""
    parent = link.remote_field.model
    key = parent._meta.pk.attname
    known = {
        f.attname: obj.__dict__[f.attname]
        for f in parent._meta.concrete_fields
        if f.attname in obj.__dict__
    }
    known[key] = getattr(obj, link.attname)
    names = [f.attname for f in parent._meta.concrete_fields if f.attname in known]
    return parent.from_db(obj._state.db, names, [known[name] for name in names])


def _referenced_names(model: type[Model]) -> set[str]:
    """Return the attributes by which a model is referred to."""
    return {
        field.attname
        for related in get_candidate_relations_to_delete(model._meta)
        for field in related.field.foreign_related_fields
    }


def _link_names(model: type[Model]) -> set[str]:
    """Return the attributes by which a model refers to the rows of its parents."""
    links = model._meta.concrete_model._meta.parents.values()
    return {link.attname for link in links if link}


def _names_to_read(model: type[Model]) -> set[str]:
    """
    Return what only() is given for objects to delete: nothing, for all, where Django does.

    All, too, where objects are compared by more than their keys: sets of them are made.
    """
    names = _referenced_names(model)
    by_columns = model.__hash__ is not Model.__hash__ or model.__eq__ is not Model.__eq__
    return set() if by_columns or not names else names | _link_names(model)


def _values_referred_to(field: Any, objs: list[Any]) -> list[Any]:
    """Return what a field that refers to these objects has, or the objects themselves."""
    targets = field.foreign_related_fields
    if len(targets) > 1 or not isinstance(objs[0], targets[0].model):
        return objs
    values = list(map(attrgetter(targets[0].attname), objs))
    # The lookup takes a tuple for the values of several columns.
    return objs if any(isinstance(value, tuple) for value in values) else values


def _is_djangos(on_delete: Any) -> bool:
    """Tell whether an on_delete handler is one of Django's, also one made by SET()."""
    return getattr(on_delete, "__module__", None) == DjangoCollector.__module__


def _is_unevaluated(objs: Objects) -> bool:
    return isinstance(objs, QuerySet) and objs._result_cache is None


def _protected(model: type[Model], found: dict[str, list[Any]]) -> ProtectedError:
    return ProtectedError(
        f"Cannot delete some instances of model {model.__name__!r} because they are referenced "
        f"through protected foreign keys: {', '.join(found)}.",
        set(chain.from_iterable(found.values())),
    )


def tell_as_of_twin(error: ProtectedError | RestrictedError, twin: Any) -> None:
    """Put objects of a twin in the place of Django's in an error."""
    name = "protected_objects" if isinstance(error, ProtectedError) else "restricted_objects"
    objs = {_of_twin(obj, twin) for obj in getattr(error, name)}
    setattr(error, name, objs)
    error.args = (error.args[0], objs)


def _of_twin(obj: Any, twin: Any) -> Any:
    model = twin.model_of(obj.__class__)
    made = model.__new__(model)
    made.__dict__ = obj.__dict__
    return made


def forget_keys_of_parents(obj: Any) -> None:
    """Take the keys of the parents of a deleted object that are loaded with it."""
    for parent, link in obj._meta.concrete_model._meta.parents.items():
        if link and link.is_cached(obj):
            loaded = link.get_cached_value(obj)
            forget_keys_of_parents(loaded)
            setattr(loaded, parent._meta.pk.attname, None)


def _count(counter: Counter[str], model: type[Model], count: int) -> None:
    if count:
        counter[model._meta.label] += count
