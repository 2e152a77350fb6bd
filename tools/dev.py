"""
Set up and run this project: Python is all that must be there before.

    python3 tools/dev.py test     all tests, on SQLite, PostgreSQL and MariaDB
    python3 tools/dev.py lint     style, form and the generated twins
    python3 tools/dev.py atlas    the example project, on SQLite unless told otherwise
    python3 tools/dev.py django-suite   Django's own tests on vinyl
    python3 tools/dev.py install  the environment for all of these, and no more
"""

import os
import shutil
import subprocess
import sys

NEWER = ("python3.13", "python3.12", "python3.11", "python3.14")


def replace_old_python() -> None:
    """Go on in a newer Python when this one is too old even to read the rest of this tool."""
    if sys.version_info >= (3, 11):  # noqa: UP036
        return
    for name in NEWER:
        path = shutil.which(name)
        # A version manager's shim is found and does not work: try it.
        if path and subprocess.call([path, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            os.execv(path, [path] + sys.argv)  # noqa: RUF005
    sys.exit(
        "This is Python {}.{}, vinyl needs 3.11 or newer, and none of {} is on the path.\n"
        "Install one and run: python3.13 {}".format(
            sys.version_info[0], sys.version_info[1], ", ".join(NEWER), " ".join(sys.argv)
        )
    )


if __name__ == "__main__":
    replace_old_python()
    # Run as a file, Python puts tools/ on the path; the package is found from its parent.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    from tools.commands import main

    sys.exit(main(sys.argv[1:]))
