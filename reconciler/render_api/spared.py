"""Imports that are spared every command: modules that httpx and httpcore look for and that nothing here uses.

`None` in the cache says at once that a module is not there (docs.python.org/3/reference/import.html, "The module
cache"), and both do without it. This has to be imported before httpx is.
"""

import importlib.util
import sys

if "httpx" not in sys.modules:
    # httpx's own command line, which brings rich's progress bars and pygments with it.
    sys.modules["httpx._main"] = None  # type: ignore[assignment]  # that meaning of None is not in typeshed

if importlib.util.find_spec("sniffio") is None:
    # httpcore tries to import it several times for each request, and each time Python would look for it on the disk.
    sys.modules["sniffio"] = None  # type: ignore[assignment]  # the same
