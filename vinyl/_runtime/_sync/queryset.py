"""The dunders of a sync queryset: Django's own, over vinyl's evaluation."""

from __future__ import annotations

from typing import Any, NoReturn

from vinyl.exceptions import WrongMode
from vinyl.sql.building import supply
from vinyl.stock import QuerySet as DjangoQuerySet

from .naming import with_django_names

__all__ = ["Evaluation", "Rows", "settled", "with_django_names"]


class Rows:
    """How what is asked of the database once gives its rows."""

    is_of_twin = True

    model: Any
    _result_cache: Any

    def _evaluate(self) -> None:
        raise NotImplementedError

    def _fetch_all(self) -> None:
        if self._result_cache is None and (rows := supply()) is not None:
            self._result_cache = rows.rows_of(self)
        else:
            self._evaluate()

    def __await__(self) -> NoReturn:
        raise WrongMode(
            f"This queryset of {self.model.__name__} belongs to the sync twin. Leave `await` "
            "out, or turn the async mode on: vinyl.set_async(True)."
        )

    def __aiter__(self) -> NoReturn:
        raise WrongMode(
            f"This queryset of {self.model.__name__} belongs to the sync twin. Write `for` for "
            "`async for`, or turn the async mode on: vinyl.set_async(True)."
        )


class Evaluation(Rows, DjangoQuerySet):
    """How a queryset gives its rows."""


def settled(outcome: Any) -> Any:
    """Return what a method of Django's gave."""
    return outcome
