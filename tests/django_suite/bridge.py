"""
The seam between Django's tests, which are synchronous, and a twin of vinyl's.

The tests' own names are made to mean what a test rewritten for vinyl would say:

- `Model(...)` makes an object of the twin, as `Model.vinyl(...)` does;
- `Model.objects.filter(...)` builds a queryset of the twin's, for `QuerySet` is a subclass of it;
- what is a coroutine in the async twin runs on the portal's event loop;
- `obj.save()` is insert(), or save() and, where that hits no row, insert() (see `saving`);
- `obj.children` is the twin's own manager of that relation.

Inside of vinyl (`inside()`) none of this applies: there, objects and querysets are vinyl's, and
Django's managers give Django's querysets. What Django's own compilers are asked to run raises
StockFallback.
"""

from __future__ import annotations

import vinyl
from tests.django_suite import plumbing
from tests.django_suite.calling import IS_ASYNC, twin_module


def install() -> None:
    """Put the twin in place; the settings are there, and no model is yet."""
    vinyl.set_async(IS_ASYNC)
    plumbing.install_scopes()
    plumbing.install_guard(forbidden=True)
    # vinyl's modules must see Django as it is.
    for name in ("shortcuts", "paginator", "twin"):
        twin_module(name)
    if IS_ASYNC:
        from tests.django_suite import session

        session.install()
    from tests.django_suite import objects, querysets

    querysets.install()
    objects.install()
