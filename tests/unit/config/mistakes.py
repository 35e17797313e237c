"""Files with mistakes: where in a small right file each one stands."""

from __future__ import annotations

from textwrap import indent

import pytest

from reconciler.config import load_text
from reconciler.errors import ConfigError

FILE = "services.yaml"
HEAD = "version: 1\nenvironments:\n  staging:\n  production:\n"
"""Four lines; what follows starts at 5:1."""
SERVICE = HEAD + "services:\n  api:\n    render: api-{environment}\n"
"""Seven lines; what follows starts at 8:5."""
VARIABLES = SERVICE + "    variables:\n"
"""Eight lines; what follows starts at 9:7."""


def top(text: str) -> str:
    """A file with something more at its top level, from 5:1."""
    return HEAD + text + "\n"


def service(text: str) -> str:
    """A file with something more in a service, from 8:5."""
    return SERVICE + indent(text, "    ") + "\n"


def variable(text: str) -> str:
    """A file with something under a service's `variables:`, from 9:7."""
    return VARIABLES + indent(text, "      ") + "\n"


Row = tuple[str, list[str]]
"""A file, and its mistakes in order of place, each as `line:column: message`."""


def mistakes_of(text: str) -> list[str]:
    """The mistakes of a file, which has some; each is at a place of the file."""
    with pytest.raises(ConfigError) as raised:
        load_text(text, FILE)
    assert all(problem.location for problem in raised.value.problems)
    return [str(problem).removeprefix(f"{FILE}:") for problem in raised.value.problems]
