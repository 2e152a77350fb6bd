"""Django's backend for PostgreSQL under vinyl's name, to give vinyl settings of its own."""

from django.db.backends.postgresql.base import DatabaseWrapper

__all__ = ["DatabaseWrapper"]
