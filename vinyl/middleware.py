"""
Django's middleware for requests: `ATOMIC_REQUESTS` for views written with `async def`.

vinyl needs no middleware to give connections back: a statement, an atomic block and a stream of
rows hold one for as long as they last, whatever becomes of the request.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any

from asgiref.sync import async_to_sync, iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.base import BaseHandler
from django.db import connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from vinyl.mode import async_mode
from vinyl.transaction import atomic

__all__ = ["AtomicRequestsMiddleware"]

View = Callable[..., Any]


class AtomicRequestsMiddleware:
    """
    Run each asynchronous view in transactions of the async twin, as ATOMIC_REQUESTS asks.

    That is one for each alias with `DATABASES[alias]["ATOMIC_REQUESTS"]`, less those that
    `non_atomic_requests()` names. An exception out of the view rolls them back; Django then
    makes its response of it. Synchronous views are left to Django, which does the same for them.

    It calls the view, so it has to be the last in `MIDDLEWARE`: what `process_view()` does in one
    that came later would not be done.
    Raises: ImproperlyConfigured where it is not the last.
    Django: its handlers refuse asynchronous views with ATOMIC_REQUESTS.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self._be_last()
        self.get_response = get_response
        # Django's handler, which knows the other middleware; none in a test that calls this one.
        handler = getattr(inspect.unwrap(get_response), "__self__", None)
        self._handler = handler if isinstance(handler, BaseHandler) else None
        self.process_view: Callable[..., Any] = self._process_view_sync
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)
            self.process_view = self._process_view_async

    def __call__(self, request: HttpRequest) -> Any:
        """Pass the request on: the work is done around the view."""
        return self.get_response(request)

    def _be_last(self) -> None:
        path = f"{type(self).__module__}.{type(self).__qualname__}"
        if path in settings.MIDDLEWARE[:-1]:
            later = settings.MIDDLEWARE[settings.MIDDLEWARE.index(path) + 1]
            raise ImproperlyConfigured(
                f"MIDDLEWARE has {later!r} after {path!r}, which calls the view. Put {path!r} last."
            )

    def _process_view_sync(
        self, request: HttpRequest, view: View, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> HttpResponseBase | None:
        """Under WSGI, run the view in an event loop of its own, as Django does."""
        if not (aliases := _atomic_aliases(view)):
            return None
        try:
            response = async_to_sync(_run)(aliases, view, request, args, kwargs)
        except Exception as exc:
            if self._handler is None:
                raise
            response = self._handler.process_exception_by_middleware(exc, request)
            if response is None:
                raise
        return self._checked(response, view)

    async def _process_view_async(
        self, request: HttpRequest, view: View, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> HttpResponseBase | None:
        if not (aliases := _atomic_aliases(view)):
            return None
        try:
            response = await _run(aliases, view, request, args, kwargs)
        except Exception as exc:
            if self._handler is None:
                raise
            # These are plain functions, which Django, too, runs in the request's thread.
            respond = sync_to_async(self._handler.process_exception_by_middleware)
            response = await respond(exc, request)
            if response is None:
                raise
        return self._checked(response, view)

    def _checked(self, response: HttpResponseBase | None, view: View) -> HttpResponseBase | None:
        """Raise Django's error for no response: it would call the view once more."""
        if response is None:
            handler: Any = self._handler or BaseHandler()
            handler.check_response(response, view)
        return response


def _atomic_aliases(view: View) -> list[str]:
    """Return the aliases that an asynchronous view is to have transactions on."""
    if not iscoroutinefunction(view):
        return []
    exempt = getattr(view, "_non_atomic_requests", ())
    return [
        alias
        for alias, entry in connections.settings.items()
        if entry["ATOMIC_REQUESTS"] and alias not in exempt
    ]


async def _run(
    aliases: list[str],
    view: Callable[..., Awaitable[HttpResponseBase | None]],
    request: HttpRequest,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
) -> HttpResponseBase | None:
    async with AsyncExitStack() as blocks:
        for alias in aliases:
            await blocks.enter_async_context(_Block(alias))
        return await view(request, *args, **kwargs)


class _Block:
    """An atomic block of the async twin, also where the process's flag says sync."""

    def __init__(self, alias: str) -> None:
        self._block = atomic(using=alias)

    async def __aenter__(self) -> None:
        with async_mode(True):
            await self._block.__aenter__()

    async def __aexit__(self, *exc_info: Any) -> None:
        with async_mode(True):
            await self._block.__aexit__(*exc_info)
