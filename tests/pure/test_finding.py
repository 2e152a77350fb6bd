from __future__ import annotations

import sys

import pytest

from vinyl import ConfigurationError
from vinyl.standalone.finding import target_of


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    return tmp_path


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ("nothing", "nothing (--config): there is no module 'nothing' in "),
        ("json:nothing", "json:nothing (--config): json has no 'nothing'."),
        ("json.py", "json.py (--config): there is no module 'json.py' in "),
        ("json:", "--config says 'json:', which names no module. Write --config package.module"),
        ("./json", "--config says './json', which names no module. Write --config package.module"),
        ("", "--config says '', which names no module. Write --config package.module"),
    ],
)
def test_a_configuration_that_is_not_there(folder, config, told):
    with pytest.raises(ConfigurationError) as caught:
        target_of(config).load()
    assert str(caught.value).startswith(told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "There is nothing that says where the configuration is. Write --config"),
        ("[tool.other]", "There is nothing that says where the configuration is. Write --config"),
        ("[tool.vinyl]", "pyproject.toml has nothing, and may have config alone. Write --config"),
        ('[tool.vinyl]\nconfg = "x"', "pyproject.toml has confg, and may have config alone."),
        ("[tool.vinyl]\nconfig = 1", "pyproject.toml says 1, which names no module."),
        ("[tool.vinyl", "pyproject.toml cannot be read: "),
        ("tool = 3", "pyproject.toml has tool = 3, where a table has to be: [tool.vinyl]. Write"),
        (
            '[tool]\nvinyl = "conf"',
            "pyproject.toml has tool.vinyl = 'conf', where a table has to be: [tool.vinyl]. Write",
        ),
    ],
)
def test_a_pyproject_that_says_nothing(folder, text, told):
    if text is not None:
        (folder / "pyproject.toml").write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        target_of(None)
    assert told in str(caught.value)


def test_the_nearest_pyproject_that_says_something_counts(folder, monkeypatch):
    (folder / "pyproject.toml").write_text('[tool.vinyl]\nconfig = "service.database:set_up"')
    below = folder / "service" / "deep"
    below.mkdir(parents=True)
    (folder / "service" / "pyproject.toml").write_text("[tool.ruff]")
    monkeypatch.chdir(below)
    found = target_of(None)
    assert (found.path, found.folder) == ("service.database:set_up", folder)
    assert target_of("json").folder == below


def test_an_error_inside_of_the_configuration_comes_out_as_it_is(folder):
    (folder / "broken_database.py").write_text("import no_such_library")
    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        target_of("broken_database").load()
