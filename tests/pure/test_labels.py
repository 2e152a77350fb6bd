from __future__ import annotations

from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest

from vinyl.standalone.labels import Home, home_of


def module(name: str, **attributes: object) -> ModuleType:
    made = ModuleType(name)
    vars(made).update(attributes)
    return made


@pytest.mark.parametrize(
    ("name", "is_package", "package", "label"),
    [
        ("service.auth.accounts.models", False, "service.auth.accounts", "accounts"),
        ("service.auth.accounts.models", True, "service.auth.accounts", "accounts"),
        ("service.auth.accounts.models.user", False, "service.auth.accounts", "accounts"),
        ("service.auth.accounts.models.people.user", False, "service.auth.accounts", "accounts"),
        ("service.auth.accounts.tables", False, "service.auth.accounts", "accounts"),
        ("service.auth.accounts", True, "service.auth.accounts", "accounts"),
        ("service.blog", False, "service", "service"),
        ("models.user", False, "models", "models"),
        ("models", True, "models", "models"),
    ],
)
def test_the_label_is_the_last_part_of_the_package(name, is_package, package, label):
    found = home_of(module(name, **({"__path__": []} if is_package else {})))
    assert found == Home(package, label, is_file=False)


@pytest.mark.parametrize("name", ["blog", "models"])
def test_a_single_file_has_its_own_name(name):
    assert home_of(module(name)) == Home(name, name, is_file=True)


@pytest.mark.parametrize(
    ("path", "label"), [("/here/blog.py", "blog"), ("/here/my-blog.v2.py", "my_blog_v2")]
)
@pytest.mark.parametrize("name", ["__main__", "__mp_main__"])
def test_a_program_is_named_after_its_file(name, path, label):
    assert home_of(module(name, __file__=path)).label == label


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("service.accounts.load", Home("service.accounts", "accounts", is_file=False)),
        ("service.accounts.__main__", Home("service.accounts", "accounts", is_file=False)),
        ("blog", Home("blog", "blog", is_file=True)),
    ],
)
def test_a_module_run_with_python_m_has_the_label_of_its_package(spec, expected):
    main = module("__main__", __spec__=ModuleSpec(spec, None), __file__="/here/x.py")
    assert home_of(main) == expected


def test_a_notebook_is_main():
    assert home_of(module("__main__")) == Home("__main__", "main", is_file=True)


def test_a_label_is_a_name_of_pythons():
    assert home_of(module("__main__", __file__="/here/2fa.py")).label == "_2fa"
