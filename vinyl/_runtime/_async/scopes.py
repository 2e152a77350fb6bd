"""Which atomic blocks the current context is in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .blocks import Blocks

if TYPE_CHECKING:
    from .transaction import Scope

_scopes: Blocks[Scope] = Blocks("vinyl_scopes")
enter = _scopes.enter
leave = _scopes.leave
# Asked where a context is in no block, while tests run; see `sharing`.
_around: Callable[[str], Scope | None] | None = None


def set_around(find: Callable[[str], Scope | None] | None) -> None:
    """Let a function tell which block is around all contexts on an alias."""
    global _around
    _around = find


def current_scope(alias: str) -> Scope | None:
    """Return the innermost atomic block of an alias."""
    scope = _scopes.current(alias)
    if scope is None and _around is not None:
        return _around(alias)
    return scope
