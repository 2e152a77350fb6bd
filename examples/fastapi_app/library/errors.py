"""Errors of Django's and vinyl's, as the status codes that say the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import IntegrityError, OperationalError
from django.db.models import ProtectedError
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

import vinyl


class NoCopyLeftError(Exception):
    """All copies of a book are out."""


CODES: dict[type[Exception], tuple[int, str]] = {
    ObjectDoesNotExist: (404, "There is no such thing here."),
    NoCopyLeftError: (409, "All copies of this book are out."),
    ProtectedError: (409, "Something else still needs this."),
    IntegrityError: (409, "That is at odds with what is there already."),
    vinyl.DeadlineExceeded: (504, "The database took too long."),
    vinyl.PoolTimeout: (503, "Too many are waiting for the database."),
    OperationalError: (503, "The database cannot be reached."),
}


def add_handlers(app: FastAPI) -> None:
    """Let each of these errors be answered by its status code."""
    for error, (code, told) in CODES.items():
        app.add_exception_handler(error, _answering(code, told))
    app.add_exception_handler(ValidationError, _tell_fields)


def _answering(code: int, told: str) -> Callable[[Request, Exception], Awaitable[JSONResponse]]:
    async def answer(request: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"detail": told}, status_code=code)

    return answer


async def _tell_fields(request: Request, error: Exception) -> JSONResponse:
    """Tell what full_clean() found, by field."""
    assert isinstance(error, ValidationError)
    return JSONResponse({"detail": error.message_dict}, status_code=422)
