"""What a source may not hold, because the transformation would damage it unseen."""

from __future__ import annotations

import sys

import pytest

from vinyl.unasync.rules import leftover_problems, source_problems

FUTURE = "from __future__ import annotations\n"


def messages(source: str) -> list[str]:
    return [str(problem) for problem in source_problems(source, "m.py")]


@pytest.mark.parametrize(
    "source",
    [
        "async def f(x):\n    return await x.get()\n",
        "async def f(x):\n    value = await x\n    return f'{value} await'\n",
        "class A:\n    async def __aiter__(self):\n        yield 1\n",
        "from collections.abc import AsyncIterator, AsyncIterable, AsyncGenerator\n",
        "from contextlib import asynccontextmanager\n",
        "# asyncio.run(Awaitable)\nX = 'asyncio and AsyncThing'\n",
        "'''AsyncThing and anext in a docstring.'''\n",
        FUTURE + "from typing import Literal\ndef f(x: Literal['a', 'b']) -> None: ...\n",
        FUTURE + "from typing import Annotated\ndef f(x: Annotated[int, 'why']) -> None: ...\n",
        "NAMES = {'_async': 1, 'async': 2}\n",
    ],
)
def test_a_sound_source_passes(source):
    assert messages(source) == []


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("import asyncio", "asyncio"),
        ("import asyncio.locks", "asyncio"),
        ("from asyncio import Lock", "asyncio"),
        ("import anyio", "anyio"),
        ("from collections.abc import Awaitable", "Awaitable"),
        ("from collections.abc import Coroutine", "Coroutine"),
        ("from contextlib import aclosing", "aclosing"),
        ("from contextlib import AbstractAsyncContextManager", "AbstractAsyncContextManager"),
        ("x = anext(y)", "anext"),
        ("x = aiter(y)", "aiter"),
        ("x = y.aclose()", "aclose"),
        ("from asgiref.sync import sync_to_async", "sync_to_async"),
        ("from inspect import isawaitable", "isawaitable"),
        ("def __await__(self): ...", "__await__"),
    ],
)
def test_a_name_that_passes_through_is_refused(statement, name):
    assert messages(f"X = 1\n{statement}\n") == [
        f"m.py:2: `{name}` passes through unchanged: take it from vinyl._runtime, by a neutral name"
    ]


@pytest.mark.parametrize("name", ["AsyncExitStack", "AsyncContextManager", "AsyncQuery"])
def test_a_name_that_would_be_renamed_is_refused(name):
    (message,) = messages(f"from x import {name}\n")
    assert message.startswith(f"m.py:1: `{name}` would become `Sync{name[5:]}`: ")


def test_a_string_that_would_be_renamed_is_refused():
    assert messages("X = 1\nY = 'AsyncQuery'\n") == [
        "m.py:2: the string 'AsyncQuery' would be altered: it starts with `Async`"
    ]


@pytest.mark.parametrize(
    "line",
    [
        "return f'{await x}'",
        "return f'{x:{await x}}'",
        "return f'a' f'{1 + (await x)}'",
        "return f'''{[await y for y in x]}'''",
    ],
)
def test_an_await_inside_an_f_string_is_refused(line):
    assert messages(f"async def f(x):\n    {line}\n") == [
        "m.py:2: an await inside an f-string: await into a name before it"
    ]


def test_an_async_for_inside_an_f_string_is_refused():
    assert messages("async def f(x):\n    return f'{[y async for y in x]}'\n") == [
        "m.py:2: an `async for` inside an f-string: collect into a name before"
    ]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="an f-string was one token before")
@pytest.mark.parametrize("line", ["f'{x}await'", "f'async{x}'", "f'{x}await{x}'"])
def test_a_part_of_an_f_string_that_is_just_a_keyword_is_refused(line):
    (message,) = messages(f"x = 1\ny = {line}\n")
    assert message.startswith("m.py:2: a part of an f-string that is just `")


@pytest.mark.parametrize(
    "source",
    [
        "def f(x: 'Query') -> None: ...\n",
        "def f(x) -> 'Query': ...\n",
        "async def f(*args: 'Query'): ...\n",
        "x: 'Query' = 1\n",
        "x: list['Query'] = []\n",
        "x: int | 'Query' = 1\n",
        "x: Annotated['Query', 1] = 1\n",
        "class A:\n    x: dict[str, list['Query']]\n",
    ],
)
def test_a_quoted_annotation_is_refused(source):
    (message,) = messages(source)
    assert "the quoted annotation 'Query' may be damaged" in message


@pytest.mark.parametrize(
    ("one", "two"),
    [("__aiter__", "__iter__"), ("__aenter__", "__enter__"), ("__anext__", "__next__")],
)
def test_a_dunder_of_each_mode_in_one_class_is_refused(one, two):
    (message,) = messages(f"class A:\n    def {one}(self): ...\n    def {two}(self): ...\n")
    assert message.startswith(f"m.py:3: `{two}` beside `{one}` in class A would be defined twice")


def test_an_await_without_a_space_is_refused():
    assert messages("async def f(x):\n    return await(x)\n") == [
        "m.py:2: `await` takes the next token with it: write a space after it"
    ]


def test_invalid_python_is_refused_with_its_line():
    (message,) = messages("x = 1\ny = = 2\n")
    assert message.startswith("m.py:2: not valid Python: ")


def test_every_problem_is_told_in_the_order_of_the_lines():
    assert [message.split(" ")[0] for message in messages("import anyio\nimport asyncio\n")] == [
        "m.py:1:",
        "m.py:2:",
    ]


@pytest.mark.parametrize(
    ("output", "start"),
    [
        ("x = 1\ndef f(y):\n    return await y\n", "m.py:3: the generated file is broken: "),
        ("x = await y\n", "m.py:1: the generated file is broken: "),
        ("def f(:\n", "m.py:1: the generated file is broken: "),
        ("async def f(): ...\n", "m.py:1: `async` is left over in the generated file"),
    ],
)
def test_a_leftover_in_the_generated_text_is_found(output, start):
    problems = leftover_problems(output, "m.py")
    assert str(problems[0]).startswith(start)


def test_a_synchronous_text_has_no_leftovers():
    assert leftover_problems("def f(x):\n    '''await'''\n    return x\n", "m.py") == []
