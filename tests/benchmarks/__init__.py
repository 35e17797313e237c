"""Benchmarks: ratios to a floor measured in the same run, and counts; never a bare time."""
