"""Keeping the log of the HTTP libraries off: at DEBUG, hpack writes every header, the API key among them.

Sources: hpack's `hpack.py` and `table.py` log what they encode; httpcore logs events, httpx each URL.
"""

from __future__ import annotations

import logging

NOISY = ("httpx", "httpcore", "hpack", "h2", "h11")


def silence_http_logs() -> None:
    """Set the libraries' loggers above DEBUG and INFO, whatever the level of the root logger is or becomes."""
    for name in (*NOISY, *(name for name in logging.root.manager.loggerDict if name.partition(".")[0] in NOISY)):
        logging.getLogger(name).setLevel(logging.WARNING)
