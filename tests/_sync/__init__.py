# Generated from tests/_async/__init__.py by `python tools/unasync_build.py`; never edit.
"""Tests of both twins: written once, in async style; `tests/_sync` is generated from them."""
