"""Django's MySQL backend over an aiomysql connection (see tests.django_suite.shim).

PyMySQL stands in for mysqlclient: aiomysql raises its exceptions and uses its
converters.
"""

import pymysql

pymysql.version_info = (2, 2, 8, "final", 0)  # what Django checks for
pymysql.install_as_MySQLdb()

import aiomysql.connection  # noqa: E402
from django.db.backends.mysql import base  # noqa: E402

from tests.django_suite import shim  # noqa: E402

if not callable(aiomysql.connection.escape_bytes_prefixed):
    # aiomysql 0.3.2 imports a function that PyMySQL 1.2 has made a string, and
    # so fails on every bytes parameter.
    aiomysql.connection.escape_bytes_prefixed = lambda v: f"X'{v.hex()}'"


class Connection(shim.ShimConnection):
    def escape(self, value, mapping=None):
        return self.shim.escape(value)


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self):
        params = super().get_connection_params()
        # mysqlclient's names for what aiomysql calls db and password
        params["db"] = params.pop("database", params.pop("db", None))
        params["password"] = params.pop("passwd", params.pop("password", ""))
        return {k: v for k, v in params.items() if v is not None}

    def get_new_connection(self, conn_params):
        return Connection(shim.finish(aiomysql.connect(**conn_params)))

    def is_usable(self):
        try:
            self.connection.ping(reconnect=False)
        except self.Database.Error:
            return False
        return True
