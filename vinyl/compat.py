"""All that differs between the versions of Django that vinyl supports."""

from __future__ import annotations

from django.db.models import Model, deletion
from django.db.models.deletion import DO_NOTHING

# on_delete handlers that leave the related rows to the database (6.1 adds DB_CASCADE and its kin).
ON_DELETE_BY_DATABASE: frozenset[object] = getattr(
    deletion, "SKIP_COLLECTION", frozenset([DO_NOTHING])
)

# Whether save() reads back what the database made of expressions and generated columns (6.0).
SAVE_READS_BACK = hasattr(Model, "_assign_returned_values")
