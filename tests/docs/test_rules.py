"""docs/rules.md is what the registry says."""

from __future__ import annotations

from reconciler.report.rules_markdown import rules_markdown
from reconciler.rules import RULES
from tests.docs.markdown import ROOT


def test_the_page_of_rules_is_fresh() -> None:
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert page == rules_markdown(RULES.values()).rstrip() + "\n", "write it anew: make rules"
