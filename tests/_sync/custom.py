# Generated from tests/_async/custom.py by `python tools/unasync_build.py`; never edit.
"""Classes of the user's own for the objects of models."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError

from vinyl import VinylModel


class Label(VinylModel):
    """Tidies its name before it is inserted."""

    name: str

    def insert(self, **options: Any) -> None:
        self.name = self.name.strip()
        super().insert(**options)

    def shout(self) -> str:
        return self.name.upper() + "!"


class Diary(VinylModel):
    """Notes what is called; its insert() takes no arguments, as users may write it."""

    name: str
    calls: ClassVar[list[str]] = []

    def insert(self) -> None:
        self.calls.append("insert")
        self.name = self.name.strip()
        super().insert()

    def update(self, **values: Any) -> None:
        self.calls.append(f"update {' '.join(sorted(values))}".rstrip())
        super().update(**values)

    def save(self, **options: Any) -> None:
        self.calls.append("save")
        super().save(**options)

    def delete(self, **options: Any) -> Any:
        self.calls.append("delete")
        return super().delete(**options)


class Venue(VinylModel):
    """Queries while it is validated."""

    name: str
    pk: Any
    _meta: Any
    checked: list[str]

    def clean_fields(self, exclude: Any = None) -> None:
        self.checked = ["clean_fields"]
        super().clean_fields(exclude=exclude)

    def clean(self) -> None:
        super().clean()
        self.checked.append("clean")
        others = self._meta.model.vinyl.exclude(pk=self.pk)
        if others.filter(name=self.name).exists():
            raise ValidationError("The name is taken.")

    def validate_unique(self, exclude: Any = None) -> None:
        self.checked.append("validate_unique")
        super().validate_unique(exclude=exclude)
