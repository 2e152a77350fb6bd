"""
`VinylModel`: the base of all of vinyl's objects, and of the classes that users give for them.

`Model.vinyl.model` is made for each model and twin: a subclass of the user's model, named like
it, which lives in this module by name only.
"""

from __future__ import annotations

from typing import Any


class VinylModel:
    """
    Base of vinyl's objects.

    Derive from it to give `VinylManager(model=...)` methods of your own; `insert`, `update`,
    `save` and `delete` may be overridden, and call `super()`.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Stop here: the hooks of the user's model ran when that was defined."""
