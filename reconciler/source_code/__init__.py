"""Finds the environment variables that a program reads, by parsing its source code and never by running it."""

from reconciler.source_code.scan import Scan, scan
from reconciler.source_code.use import Unparsed, Use

__all__ = ["Scan", "Unparsed", "Use", "scan"]
