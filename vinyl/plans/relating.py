"""Relations to many: which objects to link and to unlink, and the rows that do it. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from vinyl.plans.states import States
from vinyl.stock import Model


def changes(
    wanted: Iterable[Any], held: set[Any], key_of: Callable[[Any], Any] | None = None
) -> tuple[list[Any], set[Any]]:
    """
    Compare what is wanted with what is held; return what to link and what to unlink.

    `held` are objects, or keys as `key_of` gives them.
    """
    new: list[Any] = []
    gone = set(held)
    for obj in wanted:
        key = obj if key_of is None else key_of(obj)
        if key in gone:
            gone.remove(key)
        else:
            new.append(obj)
    return new, gone


def check_instance(obj: Any, model: type[Model]) -> None:
    """Refuse what is no object of a model. Raises: TypeError."""
    if not isinstance(obj, model):
        raise TypeError(f"'{model._meta.object_name}' instance expected, got {obj!r}")


def check_saved(obj: Any, using: str) -> None:
    """Refuse an object that has no row in a database. Raises: ValueError."""
    if obj._state.adding or obj._state.db != using:
        raise ValueError(f"{obj!r} instance isn't saved. Use bulk=False or save the object first.")


def keys_to_unlink(related: Any, objs: Iterable[Any]) -> set[Any]:
    """
    Return the keys of objects that belong to an instance by its manager `related`.

    Raises: TypeError for another model's, Model.DoesNotExist for what belongs to another.
    """
    field, instance = related.field, related.instance
    value = field.get_foreign_related_value(instance)
    keys = set()
    for obj in objs:
        check_instance(obj, related.model)
        if field.get_local_related_value(obj) != value:
            raise field.remote_field.model.DoesNotExist(f"{obj!r} is not related to {instance!r}.")
        keys.add(obj.pk)
    return keys


def target_keys(related: Any, objs: Iterable[Any]) -> set[Any]:
    """Return the keys by which rows between two models refer to objects; keys stay as they are."""
    field, model = related.target_field, related.model
    return {
        field.get_foreign_related_value(obj)[0] if isinstance(obj, model) else obj for obj in objs
    }


def target_key(related: Any, obj: Any) -> Any:
    """Return the key of an object, or a key made the same type as those that are read."""
    field = related.target_field
    if isinstance(obj, related.model):
        return field.get_foreign_related_value(obj)[0]
    return field.get_prep_value(obj)


def rows_between(
    through: type[Any],
    source: tuple[str, Any],
    target_name: str,
    targets: Iterable[Any],
    defaults: Mapping[str, Any],
) -> list[Any]:
    """Make the rows that link one object, by field and key, to those with the keys `targets`."""
    source_name, source_value = source
    return [
        through(**defaults, **{f"{source_name}_id": source_value, f"{target_name}_id": target})
        for target in targets
    ]


class Inserts:
    """Objects inserted in one transaction: should that fail, none of them is in the database."""

    def __init__(self) -> None:
        self._before: list[tuple[Any, States, str | None]] = []

    def note(self, obj: Any) -> None:
        """Keep what an object is like before it is inserted."""
        self._before.append((obj, States([obj]), obj._state.db))

    def take_back(self) -> None:
        """Give the objects back the keys and the state that they had."""
        for obj, state, using in self._before:
            state.put_back()
            obj._state.adding = True
            obj._state.db = using
