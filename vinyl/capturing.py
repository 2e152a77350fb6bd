"""`vinyl.CaptureQueries`, for the mode of the moment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self, overload

from vinyl.twins import runtime


class CaptureQueries:
    """
    The statements that are run on a database inside a `with` block, in both modes.

    Each is a dict of "sql" and "time", as in `connection.queries`. In the async mode they are
    those of this context and of the tasks started in it; in the sync mode, of this thread.
    Django: CaptureQueriesContext.
    """

    def __init__(self, using: str | None = None) -> None:
        self._using = using
        self._captured: Any = None

    def __enter__(self) -> Self:
        self._captured = runtime("observing").CaptureQueries(self._using).__enter__()
        return self

    def __exit__(self, *exc_info: Any) -> None:
        self._captured.__exit__(*exc_info)

    @property
    def captured_queries(self) -> list[dict[str, str]]:
        """What has been run so far, or up to the block's end."""
        captured = () if self._captured is None else self._captured.captured_queries
        return list(captured)

    def __iter__(self) -> Iterator[dict[str, str]]:
        return iter(self.captured_queries)

    def __len__(self) -> int:
        return len(self.captured_queries)

    @overload
    def __getitem__(self, index: int) -> dict[str, str]: ...

    @overload
    def __getitem__(self, index: slice) -> list[dict[str, str]]: ...

    def __getitem__(self, index: int | slice) -> Any:
        return self.captured_queries[index]
