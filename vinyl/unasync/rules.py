"""
Find what the transformation would get wrong in a source, before it does.

`unasync` replaces tokens: it does not know what a name means, and lets through whatever it does not
know. All that has no synchronous counterpart of the same shape belongs in a module that is written
for each mode; vinyl's own are in `vinyl/_runtime`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tokenize_rt import Token, src_to_tokens

# unasync has these in its table, so they come out right.
TRANSLATED = frozenset({"AsyncGenerator", "AsyncIterable", "AsyncIterator"})

# Names that pass through unchanged and then mean the asynchronous thing in synchronous code.
UNTRANSLATED = frozenset(
    {
        "AbstractAsyncContextManager",
        "Awaitable",
        "Coroutine",
        "CoroutineType",
        "TaskGroup",
        "__await__",
        "aclose",
        "aclosing",
        "aiter",
        "anext",
        "anyio",
        "asend",
        "async_to_sync",
        "asyncio",
        "athrow",
        "create_task",
        "enter_async_context",
        "isawaitable",
        "iscoroutine",
        "iscoroutinefunction",
        "push_async_callback",
        "push_async_exit",
        "sync_to_async",
    }
)

# Django's names of one mode, which the methods of vinyl's querysets and objects need not have.
DJANGO = frozenset(
    {
        *("aadd", "aaggregate", "abulk_create", "abulk_update", "aclear", "acontains", "acount"),
        *("acreate", "adelete", "aearliest", "aexists", "aexplain", "afirst", "aget"),
        *("aget_list_or_404", "aget_object_or_404", "aget_or_create", "ain_bulk", "aiterator"),
        *("alast", "alatest", "aprefetch_related_objects", "arefresh_from_db", "aremove", "asave"),
        *("aset", "aupdate", "aupdate_or_create"),
    }
)

# In one class, the transformation gives both of a pair the second name.
PAIRED_DUNDERS = {
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
}

_RENAMED = re.compile(r"Async[A-Z]")
_SPACE = frozenset({"UNIMPORTANT_WS", "NL", "ESCAPED_NL"})
_STRING_MIDDLES = frozenset({"FSTRING_MIDDLE", "TSTRING_MIDDLE"})


@dataclass(frozen=True, order=True)
class Problem:
    """Say where a file cannot be transformed, and what to write instead."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True)
class Advice:
    """What to write instead, which depends on whose source it is; `{0}` is the name."""

    unchanged: str
    renamed: str
    paired: str
    # Names that are to be refused as well, and what to write instead of them.
    more: frozenset[str] = frozenset()
    of_one_mode: str = ""


OWN = Advice(
    unchanged="take it from vinyl._runtime, by a neutral name",
    renamed="names are the same in both twins; take a thing of one mode from vinyl._runtime, by a "
    "neutral name",
    paired="put one of them in a base class in vinyl._runtime",
)
USERS = Advice(
    unchanged="take it, by a name that is right in both modes, from a module that is written for "
    "each, or replace it: --rename {0}=...",
    renamed="if that is meant, say so: --rename {0}=Sync{1}",
    paired="put one of them in a base class in a module that is written for each mode",
    more=DJANGO,
    of_one_mode="with vinyl, `{1}` is the name in both modes; or replace it: --rename {0}={1}",
)


def source_problems(source: str, path: str, advice: Advice = OWN) -> list[Problem]:
    """Return what in this source text the transformation would damage, by line."""
    try:
        tree = ast.parse(source, path)
    except SyntaxError as error:
        return [Problem(path, error.lineno or 1, f"not valid Python: {error.msg}")]
    found = [*_token_problems(src_to_tokens(source), advice), *_tree_problems(tree, advice)]
    return sorted({Problem(path, line, message) for line, message in found})


def leftover_problems(output: str, path: str) -> list[Problem]:
    """Return where a generated text is no valid synchronous module."""
    try:
        # ast.parse() accepts an await outside of an asynchronous function, compile() does not.
        compile(output, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        return [Problem(path, error.lineno or 1, f"the generated file is broken: {error.msg}")]
    return [
        Problem(path, token.line or 1, f"`{token.src}` is left over in the generated file")
        for token in src_to_tokens(output)
        if token.name == "NAME" and token.src in {"async", "await"}
    ]


def _token_problems(tokens: list[Token], advice: Advice) -> Iterator[tuple[int, str]]:
    following = [*tokens[1:], Token("ENDMARKER", "")]
    for token, after in zip(tokens, following, strict=True):
        line = token.line or 1
        if token.name == "NAME":
            if token.src in {"async", "await"} and after.name not in _SPACE:
                yield line, f"`{token.src}` takes the next token with it: write a space after it"
            elif message := _name_problem(token.src, advice):
                yield line, message
        elif token.name in _STRING_MIDDLES and token.src in {"async", "await"}:
            yield (
                line,
                f"a part of an f-string that is just `{token.src}` breaks the file: use str.format",
            )
        elif token.name == "STRING" and _RENAMED.match(token.src[1:-1]):
            yield line, f"the string {token.src} would be altered: it starts with `Async`"


def _name_problem(name: str, advice: Advice) -> str | None:
    if name in UNTRANSLATED:
        return f"`{name}` passes through unchanged: {advice.unchanged.format(name)}"
    if name in advice.more:
        return f"`{name}` passes through unchanged: {advice.of_one_mode.format(name, name[1:])}"
    if _RENAMED.match(name) and name not in TRANSLATED:
        better = advice.renamed.format(name, name[5:])
        return f"`{name}` would become `Sync{name[5:]}`: {better}"
    return None


def _tree_problems(tree: ast.AST, advice: Advice) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) or type(node).__name__ == "TemplateStr":
            yield from _formatted_string_problems(node)
        elif isinstance(node, ast.ClassDef):
            yield from _class_problems(node, advice)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _annotation_problems(node.returns)
        elif isinstance(node, ast.arg | ast.AnnAssign):
            yield from _annotation_problems(node.annotation)


def _formatted_string_problems(string: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(string):
        if isinstance(node, ast.Await):
            yield node.lineno, "an await inside an f-string: await into a name before it"
        elif isinstance(node, ast.comprehension) and node.is_async:
            yield node.iter.lineno, "an `async for` inside an f-string: collect into a name before"


def _class_problems(node: ast.ClassDef, advice: Advice) -> Iterator[tuple[int, str]]:
    lines = {
        statement.name: statement.lineno
        for statement in node.body
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    for asynchronous, synchronous in PAIRED_DUNDERS.items():
        if asynchronous in lines and synchronous in lines:
            yield (
                max(lines[asynchronous], lines[synchronous]),
                f"`{synchronous}` beside `{asynchronous}` in class {node.name} would be defined "
                f"twice: {advice.paired}",
            )


def _annotation_problems(annotation: ast.expr | None) -> Iterator[tuple[int, str]]:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        yield (
            annotation.lineno,
            f"the quoted annotation {annotation.value!r} may be damaged: write it without quotes, "
            "under `from __future__ import annotations`",
        )
    elif isinstance(annotation, ast.Subscript):
        yield from _subscript_problems(annotation)
    elif annotation is not None:
        for child in ast.iter_child_nodes(annotation):
            if isinstance(child, ast.expr):
                yield from _annotation_problems(child)


def _subscript_problems(annotation: ast.Subscript) -> Iterator[tuple[int, str]]:
    """A Literal's strings are values, and so is all in Annotated but its first argument."""
    name = ast.unparse(annotation.value).rpartition(".")[2]
    if name == "Literal":
        return
    inner = annotation.slice
    if name == "Annotated" and isinstance(inner, ast.Tuple):
        inner = inner.elts[0]
    yield from _annotation_problems(annotation.value)
    yield from _annotation_problems(inner)
