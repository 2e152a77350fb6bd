"""Which atomic blocks the current context is in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .transaction import Scope

Scopes = Mapping[str, "Scope"]


_NONE: Scopes = MappingProxyType({})
_scopes: ContextVar[Scopes] = ContextVar("vinyl_scopes", default=_NONE)
# Asked where a context is in no block, while tests run; see `sharing`.
_around: Callable[[str], Scope | None] | None = None


def set_around(find: Callable[[str], Scope | None] | None) -> None:
    """Let a function tell which block is around all contexts on an alias."""
    global _around
    _around = find


def current_scopes() -> Scopes:
    """Return the innermost atomic block of each alias."""
    return _scopes.get()


def current_scope(alias: str) -> Scope | None:
    """Return the innermost atomic block of an alias."""
    scope = _scopes.get().get(alias)
    if scope is None and _around is not None:
        return _around(alias)
    return scope


def enter(alias: str, scope: Scope) -> None:
    """Make a block the innermost one of its alias."""
    _scopes.set(MappingProxyType({**_scopes.get(), alias: scope}))


def leave(alias: str, around: Scope | None) -> None:
    """Go back to the block that was around on an alias, if any."""
    scopes = {name: scope for name, scope in _scopes.get().items() if name != alias}
    if around is not None and not around.is_tests:
        scopes[alias] = around
    _scopes.set(MappingProxyType(scopes))
