"""docs/rules.md: every rule, out of the registry."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.rules import Rule

_HEAD = """# Rules

What has gone wrong before, checked of every value: of literals by `reconcile validate`, of secrets and live values by
`reconcile plan`, and once more by `reconcile apply` before anything is written. An error keeps a plan from being
applied; a warning does not. No finding repeats a value. A rule that would have to know what nobody has read, such as a
service's region, is silent.

Where a rule is wrong about a variable, its definition says so, with the reason:

```yaml
  DATABASE_URL:
    type: postgres_url
    secret: vault://kv/navigator/{environment}#/database_url
    allow: {RC101: "reached by a private link"}
```

An `allow` that nothing needs any more is a warning (RC030).

`reconcile rules` lists the rules, `reconcile rules RC101` explains one. This page is written by `make rules`.
"""


def rules_markdown(rules: Iterable[Rule]) -> str:
    """Return the page."""
    parts = [_HEAD]
    for family, members in groupby(rules, lambda rule: rule.family):
        parts.append(f"## {family}\n")
        parts += [_section(rule) for rule in members]
    return "\n".join(parts)


def _escaped(text: str) -> str:
    """Return text of ours with nothing outside of its code that Markdown would take for markup."""
    parts = text.split("`")
    parts[::2] = [re.sub(r"([*\[\]])", r"\\\1", part.replace("<", "&lt;")) for part in parts[::2]]
    return "`".join(parts)


def _section(rule: Rule) -> str:
    source = rule.source if rule.source == "observed" else f"<{rule.source}>"
    return "\n".join(
        [
            f"### {rule.code} {rule.name}\n",
            f"*{rule.severity.value.capitalize()}.* {_escaped(rule.reason)}\n",
            f"- **What to do:** {_escaped(rule.fix)}",
            f"- **Fires on:** {_escaped(rule.fires.shown)}",
            f"- **Not on:** {_escaped(rule.passes.shown)}",
            f"- **Source:** {source}\n",
        ]
    )
