"""Read the command line of tools/dev.py and carry it out."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from types import FrameType

from tools import suite
from tools.setup import environment, pythons, servers
from tools.setup.process import run_and_wait
from tools.setup.report import CannotBeHadError, say, shout

ROOT = Path(__file__).resolve().parent.parent
TEST_GROUPS = frozenset({"test", "atlas", "frameworks"})
SUITE_GROUPS = frozenset({"django-suite"})
LINT_GROUPS = frozenset({"lint"})
LINT = (
    ("-m", "ruff", "check"),
    ("-m", "ruff", "format", "--check"),
    ("tools/unasync_build.py", "--check"),
)


def main(arguments: Sequence[str]) -> int:
    """Carry out one command and return its exit code."""
    options, rest = split(arguments)
    # SIGINT too: a shell starts its background jobs, and all that they start, deaf to it.
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _interrupt)
    run: Callable[[argparse.Namespace, list[str]], int] = options.run
    try:
        return run(options, rest)
    except CannotBeHadError as error:
        shout("This cannot be done here", str(error))
        return 1
    except KeyboardInterrupt:
        shout("Interrupted", "What was started has been stopped and removed.")
        return 130


def split(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Return the options and what is passed on: all after `--`, and for the atlas all unknown."""
    own, passed_on = list(arguments), []
    if "--" in own:
        place = own.index("--")
        own, passed_on = own[:place], own[place + 1 :]
    parser = _parser()
    options, unknown = parser.parse_known_args(own)
    if unknown and options.run is not atlas:
        parser.error(f"unknown: {' '.join(unknown)} (arguments for pytest come after `--`)")
    return options, unknown + passed_on


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 tools/dev.py", description="Set up and run vinyl's tests or its example."
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--django", metavar="X.Y", help="the Django to use; default: the newest")
    common.add_argument(
        "--python", metavar="X.Y", type=pythons.parse, help="the Python to use; default: the newest"
    )
    commands = parser.add_subparsers(
        required=True, metavar="test | lint | atlas | django-suite | install"
    )
    for_test = commands.add_parser(
        "test", parents=[common], help="run all tests; arguments after `--` are pytest's"
    )
    for_test.set_defaults(run=test)
    for_test.add_argument(
        "--database",
        action="append",
        choices=servers.KINDS,
        help="run on this one only; may be repeated",
    )
    for_test.add_argument(
        "--without",
        action="append",
        default=[],
        choices=servers.KINDS,
        help="leave this one out; may be repeated",
    )
    for_suite = commands.add_parser(
        "django-suite",
        parents=[common],
        help="run Django's own tests on vinyl; arguments after `--` are those of the harness",
    )
    for_suite.set_defaults(run=django_suite)
    for_suite.add_argument(
        "--database",
        action="append",
        choices=servers.KINDS,
        help="run on this one only; may be repeated",
    )
    for_lint = commands.add_parser(
        "lint", parents=[common], help="check style, form and the generated twins"
    )
    for_lint.set_defaults(run=lint)
    for_atlas = commands.add_parser(
        "atlas", parents=[common], help="run the example; other arguments are its own"
    )
    for_atlas.set_defaults(run=atlas)
    for_atlas.add_argument("--database", choices=servers.KINDS, default="sqlite")
    for_install = commands.add_parser(
        "install", parents=[common], help="make the environment for all of these, and do no more"
    )
    for_install.set_defaults(run=install)
    return parser


def test(options: argparse.Namespace, rest: list[str]) -> int:
    """Run the tests on every database that is not left out; one that is missing is a failure."""
    kinds = [kind for kind in options.database or servers.KINDS if kind not in options.without]
    if not kinds:
        raise CannotBeHadError("Every database is left out, so there is nothing to run on.")
    # The docs' examples run on SQLite, whatever the tests run on.
    prepared = _prepare(options, {*kinds, "sqlite"}, TEST_GROUPS)
    with servers.found(servers.Finder(prepared, ROOT), kinds) as (usable, missing):
        for kind, reason in missing.items():
            shout(f"No {kind}", f"{reason}\nTo run the tests without it: --without {kind}")
        outcomes = suite.Suite(ROOT, prepared, rest).run(usable)
    outcomes += [
        suite.Outcome(kind, "", "", missing=f"{reason.splitlines()[0]} (--without {kind})")
        for kind, reason in missing.items()
    ]
    passed = sum(outcome.passed for outcome in outcomes)
    failed = sum(outcome.failed for outcome in outcomes)
    print(f"\n{suite.table(outcomes)}\n")
    print(f"{passed} passed, {failed} failed", flush=True)
    return 0 if passed and not failed and not missing else 1


def django_suite(options: argparse.Namespace, rest: list[str]) -> int:
    """Run Django's own tests on both twins, one database after the other."""
    kinds = options.database or servers.KINDS
    prepared = _prepare(options, kinds, SUITE_GROUPS)
    with servers.found(servers.Finder(prepared, ROOT), kinds) as (usable, missing):
        if missing:
            raise CannotBeHadError("\n".join(missing.values()))
        codes = []
        for kind, server in usable.items():
            say(f"Django's tests: {server.product}, Python {server.python}, Django {server.django}")
            command = [str(prepared.python), "-m", "tests.django_suite", "--database", kind]
            environ = prepared.full_environ() | server.variables()
            codes.append(run_and_wait([*command, *rest], cwd=ROOT, environ=environ))
    return max(codes)


def install(options: argparse.Namespace, rest: list[str]) -> int:
    """Make the environment for whatever else there is."""
    _prepare(options, servers.KINDS, TEST_GROUPS | SUITE_GROUPS | LINT_GROUPS)
    return 0


def lint(options: argparse.Namespace, rest: list[str]) -> int:
    """Run every check, also after one that failed."""
    prepared = _prepare(options, (), LINT_GROUPS)
    codes = []
    for check in LINT:
        say(" ".join(check))
        codes.append(
            run_and_wait([str(prepared.python), *check], cwd=ROOT, environ=prepared.full_environ())
        )
    return max(codes)


def atlas(options: argparse.Namespace, rest: list[str]) -> int:
    """Run the example on one database."""
    prepared = _prepare(options, [options.database], frozenset({"atlas"}))
    finder = servers.Finder(prepared, ROOT)
    with servers.found(finder, [options.database]) as (usable, missing):
        if missing:
            raise CannotBeHadError(missing[options.database])
        program = str(ROOT / "examples/atlas/run.py")
        return run_and_wait(
            [str(prepared.python), program, "--database", options.database, *rest],
            cwd=Path.cwd(),
            environ=prepared.full_environ() | usable[options.database].variables(),
        )


def _prepare(
    options: argparse.Namespace, kinds: Collection[str], groups: frozenset[str]
) -> environment.Environment:
    wish = environment.Wish(frozenset(kinds), groups, options.django, options.python)
    return environment.prepare(ROOT, wish)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """End as Ctrl-C does, with everything cleaned up."""
    raise KeyboardInterrupt
