"""Replace names in a source, as a twin needs them: whole tokens, or dotted paths of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from keyword import iskeyword

from tokenize_rt import Token, src_to_tokens, tokens_to_src

# Twins are in a folder of this name, unless one is told otherwise.
FOLDERS = {"_async": "_sync"}

_ALTERED = re.compile(r"Async[A-Z]")


def parse_rename(rule: str) -> tuple[str, str]:
    """
    Return what `A=B` says: the name to replace, and by what.

    Raises: ValueError.
    """
    old, sign, new = rule.partition("=")
    if not sign or not all(map(_is_name, [*old.split("."), *new.split(".")])):
        raise ValueError(f"{rule!r} is no rule: write NAME=NAME, or a.dotted.path=another.path")
    if "." in new and "." not in old:
        raise ValueError(f"{rule!r} would put a path where a name was: give both as dotted paths")
    if any(map(_ALTERED.match, new.split("."))):
        raise ValueError(f"{rule!r} leads to a name that would be altered: it starts with `Async`")
    return old, new


def _is_name(part: str) -> bool:
    return part.isidentifier() and not iskeyword(part)


def renamed(source: str, renames: Mapping[str, str]) -> tuple[str, set[str]]:
    """
    Return a source with its names replaced, and which of the rules were used.

    A string is replaced where it is nothing but the name, as in `__all__`. Line numbers stay.
    """
    tokens = src_to_tokens(source)
    rules = sorted(
        ((tuple(old.split(".")), old) for old in renames), key=lambda r: len(r[0]), reverse=True
    )
    made: list[Token] = []
    used: set[str] = set()
    place = 0
    while place < len(tokens):
        token, length = tokens[place], 1
        if token.name == "STRING" and (name := token.src[1:-1]) in renames:
            used.add(name)
            token = token._replace(src=f"{token.src[0]}{renames[name]}{token.src[-1]}")
        elif token.name == "NAME":
            for parts, old in rules:
                if _is_at(tokens, place, parts):
                    used.add(old)
                    token, length = token._replace(src=renames[old]), 2 * len(parts) - 1
                    break
        made.append(token)
        place += length
    return tokens_to_src(made), used


def _is_at(tokens: list[Token], place: int, parts: tuple[str, ...]) -> bool:
    """Tell whether a name, or a dotted path from its beginning, stands at a place."""
    found = [token.src for token in tokens[place : place + 2 * len(parts) - 1]]
    if found != list(_with_dots(parts)):
        return False
    is_attribute = (
        len(parts) > 1
        and place > 1
        and tokens[place - 1].src == "."
        and (tokens[place - 2].name == "NAME" or tokens[place - 2].src in {")", "]"})
    )
    return not is_attribute


def _with_dots(parts: tuple[str, ...]) -> Iterator[str]:
    for number, part in enumerate(parts):
        if number:
            yield "."
        yield part


def out_of_reach(tree: ast.AST, renames: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """Yield the imports that mean a dotted path, and do not show it."""
    paths = {tuple(old.rpartition(".")[::2]): old for old in renames if "." in old}
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or node.level:
            continue
        for alias in node.names:
            if (old := paths.get((node.module or "", alias.name))) is not None:
                yield (
                    node.lineno,
                    f"`from {node.module} import {alias.name}` is out of reach of the rule "
                    f"{old}={renames[old]}: write `import {old}`, or import from it",
                )
