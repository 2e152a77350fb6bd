"""A class of the user's own for the objects of a model."""

from __future__ import annotations

from typing import Any

from vinyl import VinylModel


class Label(VinylModel):
    """Tidies its name before it is inserted."""

    name: str

    async def insert(self, **options: Any) -> None:
        self.name = self.name.strip()
        await super().insert(**options)

    def shout(self) -> str:
        return self.name.upper() + "!"
