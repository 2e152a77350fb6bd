"""A field of the project's own, with a Python value that no database knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models


@dataclass(frozen=True)
class CatalogueNumber:
    """What is printed on a record's back, as ECM 1064."""

    series: str
    number: int

    @classmethod
    def parse(cls, text: str) -> CatalogueNumber:
        series, _, number = text.rpartition(" ")
        return cls(series, int(number))

    def __str__(self) -> str:
        return f"{self.series} {self.number}"

    def __len__(self) -> int:
        return len(str(self))  # for the field's check of its length


class CatalogueNumberField(models.CharField):
    """Store a CatalogueNumber as its text."""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        return None if value is None else CatalogueNumber.parse(value)

    def to_python(self, value: Any) -> Any:
        return CatalogueNumber.parse(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else str(value)
