"""
Find what the transformation would get wrong in a source, before it does.

`unasync` replaces tokens: it does not know what a name means, and lets through whatever it does not
know. All that has no synchronous counterpart of the same shape belongs in `vinyl/_runtime`.
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


def source_problems(source: str, path: str) -> list[Problem]:
    """Return what in this source text the transformation would damage, by line."""
    try:
        tree = ast.parse(source, path)
    except SyntaxError as error:
        return [Problem(path, error.lineno or 1, f"not valid Python: {error.msg}")]
    found = [*_token_problems(src_to_tokens(source)), *_tree_problems(tree)]
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


def _token_problems(tokens: list[Token]) -> Iterator[tuple[int, str]]:
    following = [*tokens[1:], Token("ENDMARKER", "")]
    for token, after in zip(tokens, following, strict=True):
        line = token.line or 1
        if token.name == "NAME":
            if token.src in {"async", "await"} and after.name not in _SPACE:
                yield line, f"`{token.src}` takes the next token with it: write a space after it"
            elif message := _name_problem(token.src):
                yield line, message
        elif token.name in _STRING_MIDDLES and token.src in {"async", "await"}:
            yield (
                line,
                f"a part of an f-string that is just `{token.src}` breaks the file: use str.format",
            )
        elif token.name == "STRING" and _RENAMED.match(token.src[1:-1]):
            yield line, f"the string {token.src} would be altered: it starts with `Async`"


def _name_problem(name: str) -> str | None:
    if name in UNTRANSLATED:
        return f"`{name}` passes through unchanged: take it from vinyl._runtime, by a neutral name"
    if _RENAMED.match(name) and name not in TRANSLATED:
        return (
            f"`{name}` would become `Sync{name[5:]}`: names are the same in both twins; "
            "take a thing of one mode from vinyl._runtime, by a neutral name"
        )
    return None


def _tree_problems(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) or type(node).__name__ == "TemplateStr":
            yield from _formatted_string_problems(node)
        elif isinstance(node, ast.ClassDef):
            yield from _class_problems(node)
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


def _class_problems(node: ast.ClassDef) -> Iterator[tuple[int, str]]:
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
                "twice: put one of them in a base class in vinyl._runtime",
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
