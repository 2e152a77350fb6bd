"""
What awaiting an unloaded relation does: one query, one for all peers, or none.

The modes are Django's from 6.1 on (django.db.models.FETCH_PEERS, ...); on older versions these
stand in for them, set with `queryset.fetch_mode()` all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from weakref import ref

from vinyl.exceptions import NotLoaded

try:
    from django.core.exceptions import FieldFetchBlocked  # pyright: ignore[reportAssignmentType]
    from django.db.models.fetch_modes import FETCH_ONE, FETCH_PEERS, FETCH_RAISE
except ImportError:  # Django 5.2 and 6.0

    class FieldFetchBlocked(Exception):  # type: ignore[no-redef]
        """Stand in for the class that Django has from 6.1 on."""

    class _FetchMode:
        """Stand in for the modes that Django has from 6.1 on."""

        def __init__(self, name: str, *, track_peers: bool = False) -> None:
            self.name = name
            self.track_peers = track_peers

        def __repr__(self) -> str:
            return self.name

        def __reduce__(self) -> str:
            return self.name

    FETCH_ONE = _FetchMode("FETCH_ONE")  # type: ignore[assignment]
    FETCH_PEERS = _FetchMode("FETCH_PEERS", track_peers=True)  # type: ignore[assignment]
    FETCH_RAISE = _FetchMode("FETCH_RAISE")  # type: ignore[assignment]

__all__ = ["FETCH_ONE", "FETCH_PEERS", "FETCH_RAISE", "FetchBlocked"]


class FetchBlocked(NotLoaded, FieldFetchBlocked):
    """A relation or field was asked for that is not loaded, under FETCH_RAISE."""


def blocked(error: NotLoaded) -> FetchBlocked:
    """Return the error for what is not loaded and must not be, as the fetch mode has it."""
    label = error.name if error.model is None else f"{error.model.__qualname__}.{error.name}"
    message = f"Fetching of {label} blocked. FETCH_RAISE: {error}"
    return FetchBlocked(message, model=error.model, name=error.name, path=error.path)


class Peers(list[Any]):
    """Weak references to the objects of one query; gone when they are pickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Peers, ())

    __reduce_ex__ = lambda self, protocol: self.__reduce__()  # noqa: E731


def mark(objects: Iterable[Any], mode: Any) -> None:
    """Let objects of one query know their fetch mode, and each other."""
    if mode is FETCH_ONE:
        return
    peers = Peers(map(ref, objects)) if mode.track_peers else None
    for obj in objects:
        obj._state.fetch_mode = mode
        if peers is not None:
            obj._state.peers = peers


def mark_alike(obj: Any, other: Any) -> None:
    """Give an object that no query of its own read the fetch mode of another."""
    if (mode := mode_of(other)) is not FETCH_ONE:
        obj._state.fetch_mode = mode


def mode_of(obj: Any) -> Any:
    """Return the fetch mode of an object."""
    return getattr(obj._state, "fetch_mode", FETCH_ONE)


def peers_of(obj: Any) -> list[Any]:
    """Return the objects of the query that an object came with, itself among them."""
    found = [peer for each in getattr(obj._state, "peers", ()) if (peer := each()) is not None]
    return found if any(peer is obj for peer in found) else [obj]
