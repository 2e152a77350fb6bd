"""What stands for a value that has to be awaited: any other touch of it raises."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any

# Class and hash are left alone: asyncio.gather() looks at them before it awaits anything.
_TOUCHES = (
    *("str", "bool", "bytes", "format", "dir", "call", "fspath", "reduce_ex", "getstate"),
    *("len", "length_hint", "iter", "next", "reversed", "contains"),
    *("getitem", "setitem", "delitem", "delattr", "copy", "deepcopy"),
    *("eq", "ne", "lt", "le", "gt", "ge"),
    *("int", "float", "complex", "index", "round", "trunc", "floor", "ceil"),
    *("neg", "pos", "abs", "invert", "add", "radd", "iadd", "sub", "rsub", "isub"),
    *("mul", "rmul", "imul", "matmul", "truediv", "rtruediv", "floordiv", "rfloordiv"),
    *("mod", "rmod", "divmod", "pow", "and", "rand", "or", "ror", "xor", "rxor"),
    *("lshift", "rshift", "enter", "exit", "aiter", "aenter", "aexit"),
)


class Promise:
    """A value to be awaited: the query runs then; touched otherwise, it raises an error."""

    __slots__ = ("_error", "_run")

    def __init__(self, run: Callable[[], Awaitable[Any]], error: Callable[[], Exception]) -> None:
        object.__setattr__(self, "_run", run)
        object.__setattr__(self, "_error", error)

    def __await__(self) -> Generator[Any, Any, Any]:
        run: Callable[[], Awaitable[Any]] = object.__getattribute__(self, "_run")
        return run().__await__()

    def __getattr__(self, name: str) -> Any:
        _raise(self)

    def __setattr__(self, name: str, value: Any) -> None:
        _raise(self)

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"<to be awaited: {object.__getattribute__(self, '_error')()}>"


def _raise(promise: Promise, *args: Any) -> Any:
    raise object.__getattribute__(promise, "_error")()


for _name in _TOUCHES:
    setattr(Promise, f"__{_name}__", _raise)
