"""
Validation: Django's code, on a stock instance that shares the object's attributes. No I/O.

So what a model overrides runs as it does in Django. Where it has to be run again, after a query
or another step, the attributes are put back first: it sees what it saw the first time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator
from contextvars import ContextVar
from functools import cache, partial
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError

from vinyl.plans.states import States
from vinyl.stock import Model


def stock_view(obj: Any, model: type[Model] | None = None) -> Any:
    """Return an instance of the user's own class that shares all state with an object."""
    cls: type[Model] = model or obj._meta.model
    view = cls.__new__(cls)
    view.__dict__ = obj.__dict__
    return view


def repeatable(view: Any, call: Callable[[], None]) -> Callable[[], None]:
    """Return a call that begins with what the object has and has loaded now."""
    before = States.with_related([view])

    def again() -> None:
        before.put_back()
        call()

    return again


def _set_state(view: Any, state: dict[str, Any]) -> None:
    view.__dict__.clear()
    view.__dict__.update(state)


def cleaning_fields(view: Any, exclude: Collection[str] | None) -> list[Callable[[], None]]:
    """Return the calls that clean_fields() consists of: one a field, unless it is overridden."""
    model = view._meta.model
    if model.clean_fields is not Model.clean_fields:
        return [repeatable(view, lambda: view.clean_fields(exclude=exclude))]
    names = {field.name for field in view._meta.fields}
    return [
        partial(view.clean_fields, exclude=names - {field.name})
        for field in view._meta.fields
        if field.name not in (exclude or ()) and not field.generated
    ]


def deferred_to_clean(obj: Any, exclude: Collection[str] | None) -> set[str]:
    """Return the attributes that are not loaded and have to be cleaned."""
    deferred = obj.get_deferred_fields()
    return {
        field.attname
        for field in obj._meta.concrete_fields
        if field.attname in deferred and field.name not in (exclude or ()) and not field.generated
    }


def name_object(error: ValidationError, view: Any, obj: Any) -> None:
    """Let an error be about the object, where it is about the stock instance."""
    for leaf in _leaves(error):
        if leaf.params and leaf.params.get("model") is view:
            leaf.params["model"] = obj


def _leaves(error: Any) -> Iterator[Any]:
    if hasattr(error, "error_dict"):
        for errors in error.error_dict.values():
            yield from errors
    else:
        yield from error.error_list


class Step(NamedTuple):
    """A method of the object's that full_clean() calls."""

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


class _StepWanted(BaseException):
    def __init__(self, step: Step) -> None:
        super().__init__(step)
        self.step = step


class _Taken(NamedTuple):
    error: Exception | None
    state: dict[str, Any]


_taken: ContextVar[Iterator[_Taken]] = ContextVar("vinyl_taken_steps")


def _step(name: str) -> Callable[..., None]:
    def take(self: Any, *args: Any, **kwargs: Any) -> None:
        taken = next(_taken.get(), None)
        if taken is None:
            raise _StepWanted(Step(name, args, kwargs))
        _set_state(self, taken.state)
        if taken.error is not None:
            raise taken.error

    return take


STEPS = ("clean_fields", "clean", "validate_unique", "validate_constraints")


@cache
def _stepping_class(model: type[Model]) -> type[Model]:
    """Make a subclass of a model whose methods are the steps of full_clean()."""
    made: type[Model] = type.__new__(
        type(model),
        model.__name__,
        (model,),
        {
            "__module__": model.__module__,
            "__qualname__": model.__qualname__,
            **{name: _step(name) for name in STEPS},
        },
    )
    return made


def stepping_view(obj: Any) -> Any:
    """Return a stock instance whose steps of full_clean() are to be taken elsewhere."""
    return stock_view(obj, _stepping_class(obj._meta.model))


def stepped(view: Any, call: Callable[[], None]) -> Generator[Step, None, None]:
    """Call full_clean(); yield each step to be taken, and call it again with the outcome."""
    before = view.__dict__.copy()
    taken: list[_Taken] = []
    while True:
        _set_state(view, before)
        token = _taken.set(iter(taken))
        try:
            call()
        except _StepWanted as wanted:
            step = wanted.step
        else:
            return
        finally:
            _taken.reset(token)
        error = None
        try:
            yield step
        except Exception as exc:  # noqa: BLE001  it is raised where the step is called
            error = exc
        taken.append(_Taken(error, view.__dict__.copy()))
