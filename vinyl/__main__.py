"""`python -m vinyl`: Django's commands about tables, for a program that has no manage.py."""

from __future__ import annotations

import sys

from vinyl.standalone.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
