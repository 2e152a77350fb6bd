"""
Django's own classes and functions, where vinyl works with what they do not document.

django-stubs describes what is documented. vinyl uses underscored attributes as well, and overrides
methods so that they answer asynchronously; so type checkers are told that these may have any
attribute. When the program runs they are Django's, nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:

    class Model(Any):
        """Stand for a model, with all that its `_meta` and its fields have."""

    class QuerySet(Any):
        """Stand for a queryset, and for the base of vinyl's, whose methods answer otherwise."""

        _prefetch_done: bool
        _result_cache: Any

    class RawQuerySet(Any):
        """Stand for the objects of a query that is written by hand."""

        _prefetch_done: bool
        _result_cache: Any

    class BaseManager(Any):
        """Stand for a manager, and for the base of vinyl's."""

    class Page(Any):
        """Stand for a page of a paginator."""

    class Paginator(Any):
        """Stand for a paginator."""

        count: int
        num_pages: int
        page_range: range

    class Prefetch(Any):
        """Stand for a lookup of prefetch_related()."""

    class SQLCompiler(Any):
        """Stand for a compiler, with the attributes that only some kinds of it have."""

    class SQLInsertCompiler(SQLCompiler):
        """Stand for the compiler of an INSERT."""

    class SQLUpdateCompiler(SQLCompiler):
        """Stand for the compiler of an UPDATE."""

    class SQLDeleteCompiler(SQLCompiler):
        """Stand for the compiler of a DELETE."""

    class Collector(Any):
        """Stand for what collects objects to delete, and for the base of vinyl's."""

    get_candidate_relations_to_delete: Any
    get_prefetcher: Any
    normalize_prefetch_lookups: Any

else:
    from django.core.paginator import Page, Paginator
    from django.db.models import Model, Prefetch, QuerySet
    from django.db.models.deletion import Collector, get_candidate_relations_to_delete
    from django.db.models.manager import BaseManager
    from django.db.models.query import RawQuerySet, get_prefetcher, normalize_prefetch_lookups
    from django.db.models.sql.compiler import (
        SQLCompiler,
        SQLDeleteCompiler,
        SQLInsertCompiler,
        SQLUpdateCompiler,
    )

__all__ = [
    "BaseManager",
    "Collector",
    "Model",
    "Page",
    "Paginator",
    "Prefetch",
    "QuerySet",
    "RawQuerySet",
    "SQLCompiler",
    "SQLDeleteCompiler",
    "SQLInsertCompiler",
    "SQLUpdateCompiler",
    "get_candidate_relations_to_delete",
    "get_prefetcher",
    "normalize_prefetch_lookups",
]
