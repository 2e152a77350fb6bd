"""What objects have and have loaded, to be put back where nothing came of what changed it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any


class States:
    """The attributes of objects, and the relations that they have loaded, at one moment."""

    def __init__(self, objs: Iterable[Any]) -> None:
        self._states = [(obj, obj.__dict__.copy(), _copy(_loaded(obj))) for obj in objs]

    @classmethod
    def with_related(cls, objs: Iterable[Any]) -> States:
        """Take in the objects that they lead to, too: code that is given these may go on there."""
        return cls(_reachable(objs))

    def put_back(self) -> None:
        """Let the objects be what they were."""
        for obj, attributes, loaded in self._states:
            obj.__dict__.clear()
            obj.__dict__.update(attributes)
            if loaded is not None:
                obj._state.fields_cache = loaded.copy()
            elif _loaded(obj) is not None:
                del obj._state.fields_cache


def _loaded(obj: Any) -> dict[str, Any] | None:
    # Asked for as an attribute, it would be made.
    loaded: dict[str, Any] | None = obj._state.__dict__.get("fields_cache")
    return loaded


def _copy(loaded: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if loaded is None else loaded.copy()


def _reachable(objs: Iterable[Any]) -> Iterator[Any]:
    seen: set[int] = set()
    waiting = list(objs)
    while waiting:
        obj = waiting.pop()
        if id(obj) not in seen:
            seen.add(id(obj))
            yield obj
            waiting += [each for each in (_loaded(obj) or {}).values() if hasattr(each, "_state")]
