# Generated from vinyl/_async/__init__.py by `python tools/unasync_build.py`; never edit.
"""The ORM's logic that does I/O, written once; `vinyl/_sync` is generated from this folder."""
