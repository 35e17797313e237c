"""RC101 and RC102: Supabase's direct host, which Render cannot reach, and values of different projects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.definition import TypeSpec
from reconciler.domain.finding import Severity
from reconciler.rules.rule import Example, Rule
from reconciler.value_types.postgres import database_hosts
from reconciler.value_types.supabase_host import direct_ref
from reconciler.value_types.supabase_project import project_ref

if TYPE_CHECKING:
    from reconciler.rules.rule import Holding

# Made up: references to projects that do not exist.
_ONE, _OTHER = "abcdefghijklmnopqrst", "zyxwvutsrqponmlkjihg"
_DIRECT = f"postgresql://postgres@db.{_ONE}.supabase.co:5432/postgres"
_POOLER = f"postgresql://postgres.{_ONE}@aws-0-eu-central-1.pooler.supabase.com:6543/postgres"


def _direct_host(holding: Holding) -> str | None:
    if holding.definition.type.options.get("ipv4_addon") is True:
        return None
    hosts = database_hosts(holding.text)
    if hosts is None or not any(direct_ref(host.name) for host in hosts):
        return None
    return "the value names Supabase's direct host, which has only an IPv6 address: Render cannot reach it"


def _project_mismatch(holding: Holding) -> str | None:
    named = holding.definition.type.options.get("same_project_as")
    other = holding.others.get(named) if isinstance(named, str) else None
    if other is None:
        return None
    mine, theirs = project_ref(holding.text), project_ref(other)
    if mine is None or theirs is None or mine == theirs:
        return None
    return f"the value belongs to another Supabase project than {named}"


DIRECT_HOST = Rule(
    code="RC101",
    name="supabase-direct-host",
    severity=Severity.ERROR,
    reason="The host db.<ref>.supabase.co has only an IPv6 address, and Render reaches IPv4 only.",
    fix=(
        "use the pooler: host aws-<n>-<region>.pooler.supabase.com, port 6543, user postgres.<ref>; "
        "or say `ipv4_addon: true` if the project has bought that"
    ),
    source="https://supabase.com/docs/guides/database/connecting-to-postgres",
    judge=_direct_host,
    fires=Example(_DIRECT, TypeSpec("postgres_url")),
    passes=Example(_POOLER, TypeSpec("postgres_url")),
)
PROJECT_MISMATCH = Rule(
    code="RC102",
    name="supabase-project-mismatch",
    severity=Severity.ERROR,
    reason="A key or database of another project is refused by Supabase, or joins two environments unnoticed.",
    fix="take the URL, the keys and the database's address from one project",
    source="https://supabase.com/docs/guides/api/api-keys",
    judge=_project_mismatch,
    fires=Example(
        _POOLER,
        TypeSpec("postgres_url", {"same_project_as": "SUPABASE_URL"}),
        {"SUPABASE_URL": f"https://{_OTHER}.supabase.co"},
    ),
    passes=Example(
        _POOLER,
        TypeSpec("postgres_url", {"same_project_as": "SUPABASE_URL"}),
        {"SUPABASE_URL": f"https://{_ONE}.supabase.co"},
    ),
)
