"""Finds the environment variables that a program reads, by parsing its source code and never by running it."""

from reconciler.source_code.scan import scan

__all__ = ["scan"]
