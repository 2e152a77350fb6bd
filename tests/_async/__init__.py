"""Tests of both twins: written once, in async style; `tests/_sync` is generated from them."""
