"""Measurements against named rivals; `python -m benchmarks` writes docs/benchmarks.md."""
