"""
Turn asynchronous modules into their synchronous twins: `python -m vinyl.unasync SRC DST`.

`rules` says what a source may not hold, `renaming` and `generate` make the twins' text, `compare`
finds and mends the difference to what is on disk, `command` is the command for users' code. vinyl's
own twins are made of the same parts, by `tools/unasync_build.py`.
"""

from __future__ import annotations

# Before it, an f-string is one token: what is inside would stay as it is.
OLDEST_PYTHON = (3, 12)
