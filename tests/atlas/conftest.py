"""Make the example's own packages importable, as its command does."""

from __future__ import annotations

import sys
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "atlas"
if str(EXAMPLE) not in sys.path:
    sys.path.append(str(EXAMPLE))
