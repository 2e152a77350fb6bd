"""Run Django's commands on what `vinyl.configure()` was told."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import get_commands, load_command_class

from vinyl.exceptions import ConfigurationError, MissingDriver

from .configuring import is_configured
from .finding import Target, not_called, target_of
from .folders import migration_folders

COMMANDS = {
    "makemigrations": "write migrations for what has changed in models, beside each package",
    "migrate": "bring the tables up to date, or to a migration",
    "sqlmigrate": "show the SQL of a migration",
    "showmigrations": "show which migrations there are, and which have been run",
    "shell": "open a prompt with all models imported",
    "check": "look for mistakes in models and settings",
}
PROGRAM = "python -m vinyl"
_EPILOG = (
    "What a command itself takes is told by: python -m vinyl migrate --help. With "
    '[tool.vinyl] config = "package.module" in pyproject.toml, --config may be left out.'
)


def main(arguments: Sequence[str]) -> int:
    """Run one command; return the program's exit code."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if options.command is None:
        parser.print_help(sys.stdout if options.help else sys.stderr)
        return 0 if options.help else 2
    if options.help:
        settings.configure()  # Some commands name the databases there; these are none.
        load_command_class("django.core", options.command).print_help(PROGRAM, options.command)
        return 0
    try:
        target = target_of(options.config)
        _load(target)
        _run(options.command, rest, target.folder)
    except (ConfigurationError, MissingDriver) as error:
        sys.stderr.write(f"{PROGRAM}: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    width = max(map(len, COMMANDS)) + 2
    told = "\n".join(f"  {name:{width}}{about}" for name, about in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        usage=f"{PROGRAM} COMMAND [--config package.module[:object]] ...",
        description=f"commands:\n{told}",
        epilog=_EPILOG,
        add_help=False,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", nargs="?", choices=COMMANDS, help=argparse.SUPPRESS)
    parser.add_argument(
        "--config",
        metavar="package.module[:object]",
        help="the module that calls vinyl.configure(), or in it, a function that does, or a dict "
        "of its arguments",
    )
    parser.add_argument("-h", "--help", action="store_true", help="show this")
    return parser


def _load(target: Target) -> None:
    """Configure as the user's module does."""
    found = target.load()
    if is_configured():
        return
    if settings.configured:
        raise ConfigurationError(
            f"{target} is part of a Django project, whose commands are those of manage.py."
        )
    reason = "" if found is None else not_called(found)
    raise ConfigurationError(
        f"{target} was imported and did not call vinyl.configure().{reason} Call it there, or name "
        "a function that does, or a dict of its arguments: package.module:object."
    )


def _run(name: str, arguments: list[str], folder: Path) -> None:
    app: Any = get_commands()[name]
    command = load_command_class(app, name) if isinstance(app, str) else app
    argv = [PROGRAM, name, *arguments]
    if name != "makemigrations":
        command.run_from_argv(argv)
        return
    options = command.create_parser(PROGRAM, name).parse_args(arguments)
    with migration_folders(options.args, folder):
        command.run_from_argv(argv)
