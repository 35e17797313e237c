"""Keeping the vendors' clients quiet: at DEBUG, botocore and Google's client log whole answers, secrets among them.

Sources: botocore's `parsers.py`, google-auth's `_helpers.py` and the `rest.py` of Google's generated transports.
"""

from __future__ import annotations

import logging


def silence(*packages: str) -> None:
    """Have no logger of these packages say anything, whatever its level is or becomes.

    A logger that does not exist yet is covered by its package's level, unless it is given one of its own.
    """
    for package in packages:
        logging.getLogger(package).setLevel(logging.CRITICAL + 1)
    for name in list(logging.root.manager.loggerDict):
        if any(name == package or name.startswith(f"{package}.") for package in packages):
            logging.getLogger(name).disabled = True
