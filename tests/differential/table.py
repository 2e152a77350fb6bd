"""How the table of expressions is written down."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Case:
    """
    An expression, written once, that all subjects evaluate.

    The parameters of `build` are names of models, in whose place each subject puts its manager of
    that model; `do` stands for the verbs of `Stock`. It returns a queryset, a terminal's result, or
    is a generator that yields such steps. `needs` names features without which a database skips the
    case; `raises` is the error that it must end in, else it must succeed on stock Django, save
    on the databases (vendors) that `fails_on` names: there the twins must fail as Django does.
    `spared` is a pattern of the statements that Django sends, after the first one, and vinyl
    can do without. Where not `savepoints`, these are not compared: the async twin sends one only
    with the first statement behind it.
    """

    name: str
    build: Callable[..., Any]
    needs: tuple[str, ...] = ()
    raises: type[Exception] | None = None
    fails_on: tuple[str, ...] = ()
    spared: str = ""
    savepoints: bool = True

    @property
    def names(self) -> list[str]:
        return list(inspect.signature(self.build).parameters)

    def __str__(self) -> str:
        return self.name


def case(
    name: str,
    build: Callable[..., Any],
    *,
    needs: str = "",
    raises: type[Exception] | None = None,
    fails_on: str = "",
    spared: str = "",
    savepoints: bool = True,
) -> Case:
    """Make a row of the table; `needs` and `fails_on` are space-separated."""
    return Case(
        name, build, tuple(needs.split()), raises, tuple(fails_on.split()), spared, savepoints
    )
