"""Run the atlas's command as a user does: a process of its own, read line by line."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLE = REPOSITORY / "examples" / "atlas"
SERVING = "Ctrl-C stops both."
SECONDS = 150  # far more than a run takes, so that a run that hangs ends


@dataclass
class Run:
    """A running command, what it has printed, and where its servers are."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    @property
    def output(self) -> str:
        """Return what was printed so far."""
        return "".join(self.lines)

    @property
    def urls(self) -> list[str]:
        """Return the addresses of the asynchronous and of the synchronous server."""
        return re.findall(r"await:\s+(http://\S+)/", self.output)

    def read_until(self, text: str) -> None:
        """Read lines until one has this text, or the output ends."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if text in line:
                return

    def interrupt(self) -> int:
        """Press Ctrl-C; return the exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.finish()

    def finish(self) -> int:
        """Wait for the end; return the exit status."""
        rest, _ = self.process.communicate(timeout=SECONDS)
        self.lines.append(rest)
        return self.process.returncode


@dataclass(frozen=True)
class Place:
    """Where a run works: a copy of the example or the example itself, and its own database."""

    database: str
    name: str
    var: Path
    example: Path = EXAMPLE

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of a process that works here."""
        return {
            **os.environ,
            "ATLAS_DATABASE": self.database,
            "ATLAS_DATABASE_NAME": self.name,
            "ATLAS_VAR": str(self.var),
            "DJANGO_SETTINGS_MODULE": "atlas.settings",
            "PYTHONPATH": str(REPOSITORY),
        }

    def copy(self, folder: Path) -> Place:
        """Return the same place with a copy of the example, which may be changed."""
        example = folder / "atlas"
        shutil.copytree(EXAMPLE, example, ignore=shutil.ignore_patterns("var", "__pycache__"))
        return Place(self.database, self.name, self.var, example)

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Python in the example's folder to its end."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.example,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def drop(self) -> None:
        """Drop the database that the runs have left."""
        code = "import django; django.setup(); from tour import database; database.drop()"
        done = self.python("-c", code)
        assert done.returncode == 0, done.stderr

    @contextmanager
    def run(self, *options: str) -> Iterator[Run]:
        """Start the command; at the end of the block it is over, whatever happened."""
        command = [sys.executable, "run.py", "--database", self.database, *options]
        process = subprocess.Popen(
            command,
            cwd=self.example,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        with process:
            run = Run(process)
            try:
                yield run
            finally:
                if process.poll() is None:
                    # Not kill: the command must get to stop its servers.
                    process.terminate()
                    run.finish()
