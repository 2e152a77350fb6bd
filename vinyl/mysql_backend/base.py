"""Django's backend for MySQL and MariaDB under vinyl's name, to give vinyl settings of its own."""

from django.db.backends.mysql.base import DatabaseWrapper

__all__ = ["DatabaseWrapper"]
