"""Plain Django: the baseline. Nothing is routed. While it runs, each test is
flagged with the Django-only facilities that it relies on:

signal   connects a receiver to a model signal
lazy     loads a relation or a deferred field by attribute access
check    Q.check(): model validation on Django's own compiler
raw      raw()
chunked  asks the compiler for a chunked fetch (iterator())
mock     patches something inside django.db or django.contrib.contenttypes
"""

import functools

from tests.django_suite import plumbing
from tests.django_suite.scopes import scopes


def install():
    plumbing.install_scopes()
    plumbing.install_guard(forbidden=False)
    plumbing.when_ready(flag_all)


def flag_all():
    flag_signals()
    flag_mocks()
    flag_lazy()
    flag_execution()


def flag_signals():
    from django.db.models import signals
    from django.dispatch import Signal

    model_signals = {
        id(value): name for name, value in vars(signals).items() if isinstance(value, Signal)
    }
    original = Signal.connect

    @functools.wraps(original)
    def connect(self, *args, **kwargs):
        if id(self) in model_signals:
            scopes.flags.add("signal:" + model_signals[id(self)])
        return original(self, *args, **kwargs)

    Signal.connect = connect


def flag_mocks():
    from unittest import mock

    original = mock._patch.__enter__

    @functools.wraps(original)
    def __enter__(self):
        target = self.getter()
        name = getattr(target, "__name__", "")
        module = getattr(target, "__module__", "") or ""
        if not name:  # an instance, say connection.features
            module, name = type(target).__module__, type(target).__name__
        where = name if module == "" else f"{module}.{name}"
        if where.startswith(("django.db", "django.contrib.contenttypes")):
            scopes.flags.add(f"mock:{where}.{self.attribute}")
        return original(self)

    mock._patch.__enter__ = __enter__


def flag_lazy():
    from django.contrib.contenttypes import fields as generic
    from django.db.models import query_utils
    from django.db.models.fields import related_descriptors as rd

    def wrap(cls):
        original = cls.__get__

        @functools.wraps(original)
        def __get__(self, instance, cls=None):
            before = scopes.io
            try:
                return original(self, instance, cls)
            finally:
                if scopes.io != before:
                    scopes.flags.add("lazy")

        cls.__get__ = __get__

    wrap(rd.ForwardManyToOneDescriptor)
    wrap(rd.ReverseOneToOneDescriptor)
    wrap(query_utils.DeferredAttribute)
    wrap(getattr(generic, "GenericForeignKeyDescriptor", generic.GenericForeignKey))


def flag_execution():
    from django.db.models import Q
    from django.db.models.sql import compiler, query

    def wrap(cls, name, flag):
        original = getattr(cls, name)

        @functools.wraps(original)
        def method(self, *args, **kwargs):
            if found := flag(*args, **kwargs):
                scopes.flags.add(found)
            return original(self, *args, **kwargs)

        setattr(cls, name, method)

    wrap(Q, "check", lambda *a, **k: "check")
    wrap(query.RawQuery, "_execute_query", lambda *a, **k: "raw")
    wrap(
        compiler.SQLCompiler,
        "execute_sql",
        lambda *a, **k: "chunked" if k.get("chunked_fetch") else "",
    )
