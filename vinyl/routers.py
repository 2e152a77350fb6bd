"""
A database router of Django's for a primary with replicas: it writes to one and reads from others.

    DATABASE_ROUTERS = ["vinyl.routers.PrimaryReplicaRouter"]
    VINYL_REPLICAS = {"default": ["replica"]}
    VINYL_READ_YOUR_WRITES = 5.0  # seconds

It serves both twins and Django's own querysets. To have it otherwise, derive from it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS

from vinyl.handles import connections

__all__ = ["PrimaryReplicaRouter", "read_from_primary"]

# Seconds after a write for which its context reads from the primary.
_WINDOW = 5.0


class _History:
    """What a context, and the tasks that it has started, did to one primary."""

    __slots__ = ("_in_block", "_written_at", "number")

    def __init__(self) -> None:
        # Always the same replica: another one might be further behind.
        self.number = random.getrandbits(32)
        self._written_at = float("-inf")
        self._in_block = False

    def note_write(self, *, in_block: bool) -> None:
        self._written_at = monotonic()
        self._in_block = in_block

    def wrote_within(self, seconds: float) -> bool:
        """Tell whether a write was committed in the last seconds; asked outside of any block."""
        if self._in_block:
            # When the block ended is not known: not before now is the safe answer.
            self.note_write(in_block=False)
        return monotonic() - self._written_at < seconds


_NONE: Mapping[str, _History] = MappingProxyType({})
_histories: ContextVar[Mapping[str, _History]] = ContextVar(
    "vinyl_primary_histories", default=_NONE
)
_pinned: ContextVar[bool] = ContextVar("vinyl_read_from_primary", default=False)


@contextmanager
def read_from_primary() -> Iterator[None]:
    """Let the reads of a block go to the primary, for the current task or thread."""
    token = _pinned.set(True)
    try:
        yield
    finally:
        _pinned.reset(token)


class PrimaryReplicaRouter:
    """
    Send reads to a replica, and writes to the primary.

    The primary is read inside of its atomic blocks, after a write in the same context for
    `VINYL_READ_YOUR_WRITES` seconds, and under `read_from_primary()`. A context sees one replica.
    Migrations run on the primary only.
    """

    @property
    def replicas(self) -> Mapping[str, Sequence[str]]:
        """The aliases of the replicas, by the alias of their primary."""
        replicas: Mapping[str, Sequence[str]] | None = getattr(settings, "VINYL_REPLICAS", None)
        if not isinstance(replicas, Mapping) or any(
            isinstance(names, str) for names in replicas.values()
        ):
            raise ImproperlyConfigured(
                f"VINYL_REPLICAS is {replicas!r}; write the replicas' aliases by their primary's, "
                'as {"default": ["replica"]}.'
            )
        return replicas

    @property
    def seconds(self) -> float:
        """How long after a write its context reads from the primary."""
        return float(getattr(settings, "VINYL_READ_YOUR_WRITES", _WINDOW))

    def primary_of(self, model: Any, **hints: Any) -> str | None:
        """Return the alias of a model's primary; None leaves it to other routers."""
        return DEFAULT_DB_ALIAS

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        """Return a replica, or the primary where the replica might not know enough."""
        primary = self.primary_of(model, **hints)
        replicas = () if primary is None else self.replicas.get(primary, ())
        if primary is None or not replicas:
            return primary
        if _pinned.get() or connections[primary].in_atomic_block:
            return primary
        history = _history(primary)
        if history.wrote_within(self.seconds):
            return primary
        return replicas[history.number % len(replicas)]

    def db_for_write(self, model: Any, **hints: Any) -> str | None:
        """Return the primary, and remember that it was written."""
        primary = self.primary_of(model, **hints)
        if primary is not None and self.replicas.get(primary):
            _history(primary).note_write(in_block=connections[primary].in_atomic_block)
        return primary

    def allow_relation(self, obj1: Any, obj2: Any, **hints: Any) -> bool | None:
        """Allow objects of a primary and its replicas to be related."""
        for primary, replicas in self.replicas.items():
            if {obj1._state.db, obj2._state.db} <= {primary, *replicas}:
                return True
        return None

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        """Refuse to migrate a replica."""
        return False if any(db in replicas for replicas in self.replicas.values()) else None


def _history(primary: str) -> _History:
    histories = _histories.get()
    try:
        return histories[primary]
    except KeyError:
        history = _History()
        _histories.set({**histories, primary: history})
        return history
