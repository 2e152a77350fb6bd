"""Do again what lost to another transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import OperationalError

from vinyl._runtime._async.databases import dialect
from vinyl.sql.races import lost_a_race

_ATTEMPTS = 5


async def retried(work: Callable[[bool], Any], using: str) -> Any:
    """
    Call what writes, and again where another transaction was faster.

    It is called with whether it has been called before. Inside an atomic block it is called once:
    what has been done there is lost as well.
    """
    attempts = _ATTEMPTS if (await dialect(using)).get_autocommit() else 1
    for number in range(1, attempts):
        try:
            return await work(number > 1)
        except OperationalError as error:
            if not lost_a_race(error, again=number > 1):
                raise
    return await work(attempts > 1)
