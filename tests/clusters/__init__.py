"""Servers that work together, each started for the test: `pytest tests/clusters --clusters`."""
