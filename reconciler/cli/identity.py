"""Who runs the command."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from reconciler.cli.git import user_email
from reconciler.planning.approvers import UNKNOWN_AUTHOR

if TYPE_CHECKING:
    from pathlib import Path


def whoami(folder: Path) -> str:
    """Return `GITHUB_ACTOR` in GitHub's Actions, else git's `user.email`, else `unknown`."""
    if os.environ.get("GITHUB_ACTIONS") == "true" and os.environ.get("GITHUB_ACTOR"):
        return os.environ["GITHUB_ACTOR"]
    return user_email(folder) or UNKNOWN_AUTHOR
