"""Placeholders: `{environment}` and `{service}` in references and in names on Render."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.config.nearest import listed

if TYPE_CHECKING:
    from collections.abc import Mapping

_BRACES = re.compile(r"\{([^{}]*)\}|[{}]")
_NAME = re.compile(r"[A-Za-z_]{1,32}\Z")


def fill(text: str, names: Mapping[str, str]) -> str:
    """Replace the placeholders; raises `ValueError`, whose text is the end of a sentence, for braces around other text."""
    if "{" not in text and "}" not in text:
        return text

    def replacement(match: re.Match[str]) -> str:
        name = match[1]
        if name is None:
            raise ValueError("has a brace without its other half; only placeholders stand in braces")
        if name not in names:
            shown = f"`{{{name}}}`" if _NAME.match(name) else "another text in braces"
            known = listed([f"{{{known}}}" for known in names])
            raise ValueError(f"has {shown}, and in braces only {known} can stand")
        return names[name]

    return _BRACES.sub(replacement, text)
