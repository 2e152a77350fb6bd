"""The example, run as its README says, and looked at with a browser."""

from __future__ import annotations

import io
import os
import re
import socket
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.atlas import browser
from tests.atlas.command import EXAMPLE, SERVING, Place, Run

FEW = ("--limit", "300")
# All of them on SQLite; on a server, where most of the time goes into inserting, a part is enough.
ALL, MANY = 34_006, 5_000
WITHOUT = {"async", "await"}
COLOURS_ON_THE_MAP = """
(() => {
  const map = document.querySelector("#map");
  const { data } = map.getContext("2d").getImageData(0, 0, map.width, map.height);
  return new Set(new Uint32Array(data.buffer)).size;
})()
"""


@pytest.fixture(scope="module")
def places(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Place]]:
    """Make places by name, each with a database of its own on the kind that the tests run on."""
    made = []

    def make(name: str) -> Place:
        database = f"vinyl_atlas_{name}_{os.environ.get('VINYL_TEST_RUN', os.getpid())}"
        kind = request.config.getoption("--database")
        made.append(Place(kind, database, tmp_path_factory.mktemp(name)))
        return made[-1]

    yield make
    for place in made:
        place.drop()


@pytest.fixture(scope="module")
def place(places: Callable[[str], Place]) -> Place:
    """Where short runs work, one after the other."""
    return places("short")


@pytest.fixture(scope="module")
def serving(places: Callable[[str], Place]) -> Iterator[Run]:
    """The command with its servers up."""
    place = places("full")
    limit = () if place.database == "sqlite" else ("--limit", str(MANY))
    with place.run("--keep-serving", *limit) as run:
        run.read_until(SERVING)
        assert SERVING in run.output, run.output
        yield run


@pytest.fixture(scope="module")
def cities(serving: Run) -> int:
    """How many cities the running servers have."""
    return int(re.findall(r"cities .* (\d+)/", serving.output)[0])


def test_the_data_is_loaded_and_all_answers_agree(
    serving: Run, cities: int, request: pytest.FixtureRequest
) -> None:
    if request.config.getoption("--database") == "sqlite":
        assert cities == ALL
        assert "349197/349197" in serving.output
    else:
        assert cities == MANY
    assert re.search(r"All \d\d answers agree", serving.output)


def test_each_server_answers_in_its_own_mode(serving: Run) -> None:
    asynchronous, synchronous = (httpx.get(url, trust_env=False).text for url in serving.urls)
    assert "<b>async</b>" in asynchronous
    assert "<b>sync</b>" in synchronous


@pytest.fixture
def page(tmp_path: Path) -> Iterator[browser.Page]:
    """A headless browser."""
    with browser.page(tmp_path) as opened:
        yield opened


def test_the_browser_draws_all_cities(serving: Run, cities: int, page: browser.Page) -> None:
    page.open(serving.urls[0])
    page.wait_for(f"document.querySelector('#map')?.dataset.cities === '{cities}'")
    page.wait_for(f"document.querySelector('#status').textContent === '{cities:,} cities'")
    assert page.evaluate(COLOURS_ON_THE_MAP) > 1000


def test_a_search_in_the_url_shows_and_marks_its_results(serving: Run, page: browser.Page) -> None:
    page.open(f"{serving.urls[0]}/?q=konstantinopel")
    page.wait_for("document.querySelector('#map')?.dataset.marks > 0")
    results = page.evaluate("[...document.querySelectorAll('#results li')].map(li => li.innerText)")
    assert "Istanbul" in results[0]
    assert "Konstantinopel" in results[0]
    assert page.evaluate("document.querySelector('#map').dataset.marks") == str(len(results))


def test_a_city_is_found_and_opened_with_the_keyboard_alone(
    serving: Run, page: browser.Page
) -> None:
    page.open(serving.urls[0])
    page.wait_for("document.documentElement.dataset.loaded === 'true'")
    page.press("/")
    page.write("zurich")
    page.wait_for("document.querySelector('#results li')")
    page.press("ArrowDown")
    page.press("Enter")
    page.wait_for("document.querySelector('#card h2')?.innerText === 'Zürich'")
    card = page.evaluate("document.querySelector('#card').innerText")
    assert "Switzerland, Europe" in card
    assert "Liechtenstein" in card
    page.press("Escape")
    page.wait_for("document.querySelector('#q').value === ''")
    assert page.evaluate("document.querySelector('#card').hidden")


def test_ctrl_c_stops_both_servers(place: Place) -> None:
    with place.run("--keep-serving", *FEW) as run:
        run.read_until(SERVING)
        ports = [urlsplit(url).port for url in run.urls]
        assert run.interrupt() == 0
    assert len(ports) == 2
    assert not any(map(is_open, ports))


def test_a_planted_difference_is_shown_and_fails_the_command(place: Place, tmp_path: Path) -> None:
    planted = place.copy(tmp_path)
    views = planted.example / "world" / "views_sync.py"
    source = views.read_text()
    assert source.count("queries.neighbours(country)") == 1
    views.write_text(
        source.replace("queries.neighbours(country)", "queries.neighbours(country)[1:]")
    )
    with planted.run(*FEW) as run:
        assert run.finish() == 1
    assert re.search(r"1 of \d\d answers disagree", run.output)
    assert re.search(r'^-\s+"name": "Austria"', run.output, re.MULTILINE)


def test_a_transaction_that_is_not_rolled_back_fails_the_command(
    place: Place, tmp_path: Path
) -> None:
    planted = place.copy(tmp_path)
    for mode, wait in (("async", "await "), ("sync", "")):
        views = planted.example / "world" / f"views_{mode}.py"
        line = f"            city = {wait}City.vinyl.select_for_update().get(pk=number)\n"
        assert views.read_text().count(line) == 1
        lenient = line.replace(".get(", ".get_or_none(")
        left_well = f"{lenient}            if city is None:\n                break\n"
        views.write_text(views.read_text().replace(line, left_well))
    with planted.run(*FEW) as run:
        assert run.finish() == 1
    assert "The asynchronous answer is 201, where 404 was expected." in run.output
    assert "The synchronous answer is 201, where 404 was expected." in run.output


def test_a_server_that_does_not_start_fails_the_command_and_shows_its_log(
    place: Place, tmp_path: Path
) -> None:
    broken = place.copy(tmp_path)
    (broken.example / "atlas" / "asgi.py").write_text("raise RuntimeError('planted')\n")
    with broken.run(*FEW) as run:
        assert run.finish() == 2
    assert "uvicorn (ASGI) ended before it answered." in run.output
    assert "RuntimeError: planted" in run.output


def test_djangos_own_server_stands_in_for_gunicorn(place: Place, tmp_path: Path) -> None:
    without = place.copy(tmp_path)
    servers = without.example / "tour" / "servers.py"
    source = servers.read_text()
    assert source.count('find_spec("gunicorn")') == 1
    servers.write_text(source.replace('find_spec("gunicorn")', 'find_spec("no_gunicorn_here")'))
    with without.run(*FEW) as run:
        assert run.finish() == 0, run.output
    assert "Django's server" in run.output


def test_a_limit_too_small_for_the_questions_is_refused(place: Place) -> None:
    with place.run("--limit", "2") as run:
        assert run.finish() == 2
    assert "--limit is 2" in run.output


def test_the_migrations_are_those_of_the_models(place: Place) -> None:
    done = place.python("manage.py", "makemigrations", "--check", "--dry-run")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_synchronous_views_are_the_asynchronous_ones_without_await() -> None:
    asynchronous, synchronous = (
        words(EXAMPLE / "world" / f"views_{mode}.py") for mode in ("async", "sync")
    )
    stripped = [word.replace("AsyncIterator", "Iterator") for word in asynchronous]
    assert [word for word in stripped if word not in WITHOUT] == synchronous


def words(path: Path) -> list[str]:
    """Return a file's tokens after its docstring, layout and comments apart."""
    layout = {tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT}
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text()).readline)
    found = [token.string for token in tokens if token.type not in layout]
    assert found[0].startswith('"""')
    return found[1:]


def is_open(port: int | None) -> bool:
    """Tell whether anything listens on a local port."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
