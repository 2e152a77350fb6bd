"""
`VinylModel`: the base of all of vinyl's objects, and of the classes that users give for them.

`Model.vinyl.model` is made for each model and twin: a subclass of the user's model, named like
it, which lives in this module by name only.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Self


class VinylModel:
    """
    Base of vinyl's objects.

    Derive from it to give `VinylManager(model=...)` methods of your own; `insert`, `update`,
    `save` and `delete` may be overridden, and call `super()`.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Stop here: the hooks of the user's model ran when that was defined."""

    if TYPE_CHECKING:
        # What the classes of both twins have; the results depend on the mode.
        def insert(self, *, using: str | None = None) -> Any:
            """INSERT the object."""

        def update(self, /, **values: Any) -> Any:
            """Set these attributes and UPDATE their columns; with none given, all columns."""

        def save(self, *args: Any, **kwargs: Any) -> Any:
            """UPDATE the columns of `update_fields`, by default all that are loaded."""

        def delete(self, *args: Any, **kwargs: Any) -> Any:
            """DELETE the object with what hangs on it; give the numbers by label."""

        def refresh_from_db(self, *args: Any, **kwargs: Any) -> Any:
            """Read the object again."""

        def as_django(self) -> Any:
            """Return a copy as an instance of the user's own class, with all that is loaded."""

        def full_clean(self, *args: Any, **kwargs: Any) -> Any:
            """Validate the object. Raises: ValidationError."""

        def clean_fields(self, *args: Any, **kwargs: Any) -> Any:
            """Clean the values of all fields. Raises: ValidationError."""

        def clean(self) -> Any:
            """Check the object as a whole; to be overridden. Raises: ValidationError."""

        def validate_unique(self, *args: Any, **kwargs: Any) -> Any:
            """Check what must be unique. Raises: ValidationError."""

        def validate_constraints(self, *args: Any, **kwargs: Any) -> Any:
            """Check the constraints in the model's Meta. Raises: ValidationError."""

        def R(self, name: str) -> Any:  # noqa: N802
            """Query a relation, loaded or not."""

        def __getitem__(self, name: str) -> Any: ...
        def __await__(self) -> Generator[Any, Any, Self]: ...
