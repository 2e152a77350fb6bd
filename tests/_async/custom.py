"""Classes of the user's own for the objects of models."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError

from vinyl import VinylModel


class Label(VinylModel):
    """Tidies its name before it is inserted."""

    name: str

    async def insert(self, **options: Any) -> None:
        self.name = self.name.strip()
        await super().insert(**options)

    def shout(self) -> str:
        return self.name.upper() + "!"


class Diary(VinylModel):
    """Notes what is called; its insert() takes no arguments, as users may write it."""

    name: str
    calls: ClassVar[list[str]] = []

    async def insert(self) -> None:
        self.calls.append("insert")
        self.name = self.name.strip()
        await super().insert()

    async def update(self, **values: Any) -> None:
        self.calls.append(f"update {' '.join(sorted(values))}".rstrip())
        await super().update(**values)

    async def save(self, **options: Any) -> None:
        self.calls.append("save")
        await super().save(**options)

    async def delete(self, **options: Any) -> Any:
        self.calls.append("delete")
        return await super().delete(**options)


class Venue(VinylModel):
    """Queries while it is validated."""

    name: str
    pk: Any
    _meta: Any
    checked: list[str]

    async def clean_fields(self, exclude: Any = None) -> None:
        self.checked = ["clean_fields"]
        await super().clean_fields(exclude=exclude)

    async def clean(self) -> None:
        super().clean()
        self.checked.append("clean")
        others = self._meta.model.vinyl.exclude(pk=self.pk)
        if await others.filter(name=self.name).exists():
            raise ValidationError("The name is taken.")

    async def validate_unique(self, exclude: Any = None) -> None:
        self.checked.append("validate_unique")
        await super().validate_unique(exclude=exclude)
