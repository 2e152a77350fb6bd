"""Which atomic blocks the current context is in."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .transaction import Scope

Scopes = Mapping[str, "Scope"]


_NONE: Scopes = MappingProxyType({})
_scopes: ContextVar[Scopes] = ContextVar("vinyl_scopes", default=_NONE)


def current_scopes() -> Scopes:
    """Return the innermost atomic block of each alias."""
    return _scopes.get()


def current_scope(alias: str) -> Scope | None:
    """Return the innermost atomic block of an alias."""
    return _scopes.get().get(alias)


def enter(alias: str, scope: Scope) -> None:
    """Make a block the innermost one of its alias."""
    _scopes.set(MappingProxyType({**_scopes.get(), alias: scope}))


def leave(alias: str, around: Scope | None) -> None:
    """Go back to the block that was around on an alias, if any."""
    scopes = {name: scope for name, scope in _scopes.get().items() if name != alias}
    if around is not None:
        scopes[alias] = around
    _scopes.set(MappingProxyType(scopes))
