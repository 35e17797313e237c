"""Values in the formats that other programs read. This is the one report that has secrets in it, on purpose."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.domain.value import Secret

_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=-]+")
"""What means itself in a `.env` file without quotes, to every program that reads one."""


def exported(values: Mapping[str, Secret], output: str) -> str:
    """Return the values by name as `dotenv`, `json` or `yaml`, with a line end at the end."""
    texts = {key: values[key].reveal() for key in sorted(values)}
    match output:
        case "json":
            return json.dumps(texts, indent=2, ensure_ascii=False) + "\n"
        case "yaml":
            return yaml.safe_dump(texts, allow_unicode=True, default_flow_style=False, width=2**20)
        case _:
            return "".join(f"{key}={_quoted(text)}\n" for key, text in texts.items())


def _quoted(text: str) -> str:
    r"""Quote a value as python-dotenv reads it: in single quotes, where `\\` and `\'` are the only escapes."""
    if _PLAIN.fullmatch(text):
        return text
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
