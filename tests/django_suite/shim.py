"""A blocking DB-API connection on top of an asynchronous driver's.

For drivers whose session cannot be shared between a blocking and an async
object (aiomysql, asyncmy, asyncpg): Django's own DatabaseWrapper is put on the
async connection, through the portal, so that Django and the subject are in the
same session and see the same uncommitted data. ``connection.shim`` is the
async connection that the adapter hands to the subject.
"""

import inspect

from tests.django_suite import portal


def finish(value):
    if inspect.isawaitable(value):

        async def wait():
            return await value

        return portal.current().call(wait())
    return value


class ShimCursor:
    """execute, fetch*, close: awaited on the portal; the rest passes through."""

    def __init__(self, cursor):
        self.shim = cursor

    def __getattr__(self, name):
        value = getattr(self.shim, name)
        if not callable(value):
            return value

        def method(*args, **kwargs):
            return finish(value(*args, **kwargs))

        return method

    def __iter__(self):
        return iter(self.fetchone, None)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


class ShimConnection:
    def __init__(self, conn):
        self.shim = conn
        self.vinyl = None

    def __getattr__(self, name):
        value = getattr(self.shim, name)
        if not callable(value):
            return value

        def method(*args, **kwargs):
            return finish(value(*args, **kwargs))

        return method

    def cursor(self, *args, **kwargs):
        return ShimCursor(finish(self.shim.cursor(*args, **kwargs)))

    def close(self):
        async def close():
            result = self.shim.close()
            if inspect.isawaitable(result):
                await result

        if not getattr(self.shim, "closed", False):
            portal.current().call(close())
