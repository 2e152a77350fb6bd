"""Run the command."""

from __future__ import annotations

import sys

from vinyl.unasync.command import main

if __name__ == "__main__":
    sys.exit(main())
