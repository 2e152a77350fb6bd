"""Django's backend for SQLite under vinyl's name, to give vinyl settings of its own."""

from django.db.backends.sqlite3.base import DatabaseWrapper

__all__ = ["DatabaseWrapper"]
