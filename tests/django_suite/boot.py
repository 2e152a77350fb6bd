"""
One test process: `python -m tests.django_suite.boot TESTS_DIR LABEL...`.

Loads the settings, puts a twin of vinyl's in place, and hands over to the unmodified
runtests.py of Django.
"""

from __future__ import annotations

import importlib
import os
import runpy
import sys


def main() -> None:
    tests_dir, *labels = sys.argv[1:]
    tests_dir = os.path.abspath(tests_dir)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.django_suite.settings"
    sys.path.insert(0, tests_dir)

    from django.conf import settings

    engine = settings.DATABASES["default"]["ENGINE"]
    if engine.startswith("tests."):
        # Before runtests.py imports the driver that the shim replaces.
        importlib.import_module(f"{engine}.base")

    from tests.django_suite import config

    if config.TWIN in ("stock", "shim"):
        from tests.django_suite.baseline import install
    else:
        from tests.django_suite.bridge import install
    install()

    script = os.path.join(tests_dir, "runtests.py")
    options = ["--settings=tests.django_suite.settings", "--noinput", "--parallel=1"]
    sys.argv = [script, *options, "--verbosity=1", *labels]
    os.chdir(tests_dir)
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()
