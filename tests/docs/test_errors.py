"""docs/errors.md and docs/rules.md have every check by its code, and no other."""

from __future__ import annotations

import re

from tests.docs.markdown import ROOT


def test_every_check_is_explained() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "reconciler").rglob("*.py"))
    errors = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    rules = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    explained = re.findall(r"^\| (RC\d{3}) \|", errors, re.MULTILINE) + re.findall(
        r"^### (RC\d{3}) ", rules, re.MULTILINE
    )
    assert set(explained) == set(re.findall(r'"(RC\d{3})"', sources))
