"""RC101 to RC103: Supabase's direct host, which Render cannot reach, and values of different projects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.finding import Severity
from reconciler.rules.example import OTHER_REF, REF, database, held, one, several, token
from reconciler.rules.rule import Alone, Among, Example, Kin, Remark, Rule, Whole
from reconciler.value_types.supabase_host import direct_ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.rules.scene import Held, Place, Setting

FAMILY = "Supabase"
CONNECTING = "https://supabase.com/docs/guides/database/connecting-to-postgres"
KEYS = "https://supabase.com/docs/guides/api/api-keys"


def _direct_host(held: Held, _setting: Setting) -> str | None:
    if held.reading is None or held.definition.type.options.get("ipv4_addon") is True:
        return None
    hosts = held.reading.database_hosts
    if hosts is None or not any(direct_ref(host.name) for host in hosts):
        return None
    return "the value names Supabase's direct host, which has only an IPv6 address: Render cannot reach it"


def _project_mismatch(held: Held, place: Place) -> str | None:
    named = held.definition.type.options.get("same_project_as")
    other = place.variables.get(named) if isinstance(named, str) else None
    if held.reading is None or other is None or other.reading is None:
        return None
    mine, theirs = held.reading.project, other.reading.project
    if mine is None or theirs is None or mine == theirs:
        return None
    return f"the value belongs to another Supabase project than {named}"


def _mixed_projects(place: Place) -> Iterator[Remark]:
    """Where a service has the URL of just one project, the rest belongs to it too, unless somebody says otherwise."""
    known = [one for one in place.variables.values() if one.reading is not None and one.reading.project is not None]
    urls = {one.reading.project for one in known if one.reading and one.reading.text.startswith("https://")}
    if len(urls) != 1:
        return
    for each in known:
        if "same_project_as" in each.definition.type.options or each.reading is None or each.reading.project in urls:
            continue
        message = "the value belongs to another Supabase project than the one URL that this service has"
        yield Remark(place.address(each), message, each.definition)


DIRECT_HOST = Rule(
    code="RC101",
    name="supabase-direct-host",
    family=FAMILY,
    severity=Severity.ERROR,
    reason="The host db.<ref>.supabase.co has only an IPv6 address, and Render reaches IPv4 only.",
    fix=(
        "use the pooler: host aws-<n>-<region>.pooler.supabase.com, port 6543, user postgres.<ref>; "
        "or say `ipv4_addon: true` if the project has bought that"
    ),
    source=CONNECTING,
    look=Alone(_direct_host, Kin.URL),
    fires=Example(
        "postgresql://postgres:…@db.<ref>.supabase.co:5432/postgres",
        lambda: one("DATABASE_URL", database(f"db.{REF}.supabase.co:5432", "postgres"), "postgres_url"),
    ),
    passes=Example(
        "postgresql://postgres.<ref>:…@aws-0-eu-central-1.pooler.supabase.com:6543/postgres",
        lambda: one("DATABASE_URL", database(), "postgres_url"),
    ),
)
PROJECT_MISMATCH = Rule(
    code="RC102",
    name="supabase-project-mismatch",
    family=FAMILY,
    severity=Severity.ERROR,
    reason="A key or database of another project is refused by Supabase, or joins two environments unnoticed.",
    fix="take the URL, the keys and the database's address from one project",
    source=KEYS,
    look=Among(_project_mismatch),
    fires=Example(
        "a database user postgres.<ref> beside the URL of another project that `same_project_as` names",
        lambda: several(
            held("SUPABASE_URL", f"https://{OTHER_REF}.supabase.co", "supabase_url"),
            held("DATABASE_URL", database(), "postgres_url", options={"same_project_as": "SUPABASE_URL"}),
        ),
    ),
    passes=Example(
        "both of one project",
        lambda: several(
            held("SUPABASE_URL", f"https://{REF}.supabase.co", "supabase_url"),
            held("DATABASE_URL", database(), "postgres_url", options={"same_project_as": "SUPABASE_URL"}),
        ),
    ),
)
MIXED_PROJECTS = Rule(
    code="RC103",
    name="supabase-mixed-projects",
    family=FAMILY,
    severity=Severity.WARNING,
    reason="Where a service has one project's URL, a key or database of another one is mostly pasted from next door.",
    fix="take the value from the URL's project, or allow it here with the reason",
    source="observed",
    look=Whole(_mixed_projects),
    fires=Example(
        "a service_role key of one project beside the only URL, of another",
        lambda: several(
            held("SUPABASE_URL", f"https://{OTHER_REF}.supabase.co"),
            held("SUPABASE_KEY", token(role="service_role", ref=REF)),
        ),
    ),
    passes=Example(
        "key and URL of one project",
        lambda: several(
            held("SUPABASE_URL", f"https://{REF}.supabase.co"),
            held("SUPABASE_KEY", token(role="service_role", ref=REF)),
        ),
    ),
)
