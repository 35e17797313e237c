"""docs/errors.md has every check by its code, and no other."""

from __future__ import annotations

import re

from tests.docs.markdown import ROOT

PAGE = ROOT / "docs" / "errors.md"


def test_every_check_is_explained() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "reconciler").rglob("*.py"))
    explained = re.findall(r"^\| (RC\d{3}) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(explained) == sorted(set(re.findall(r'"(RC\d{3})"', sources)))
