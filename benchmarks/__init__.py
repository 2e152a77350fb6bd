"""Measure vinyl against stock Django in one process, by ratios: `python -m benchmarks`."""
