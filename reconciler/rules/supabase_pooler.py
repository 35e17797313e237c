"""RC104 to RC106: Supabase's pooler: its user, its two ports, and hosts that do not exist."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.domain.finding import Severity
from reconciler.rules.example import POOLER, REF, database, one
from reconciler.rules.rule import Alone, Example, Kin, Rule
from reconciler.rules.supabase import CONNECTING, FAMILY
from reconciler.value_types.supabase_host import SESSION_PORT, TRANSACTION_PORT, direct_ref, is_pooler, pooler_ref

if TYPE_CHECKING:
    from reconciler.domain.definition import TypeOptions
    from reconciler.rules.scene import Held, Setting
    from reconciler.value_types.url import Host

_LIKE_A_POOLER = re.compile(r"(?:.*[.-])?pooler\.supabase\.(?:co|com|io|net|org|in)")
_REAL = re.compile(
    r"(?:aws-[0-9]+-[a-z]{2}(?:-[a-z]+)+-[0-9]+|(?!aws-)[a-z]+-[0-9]+-[a-z0-9-]+)\.pooler\.supabase\.com"
)
"""A cloud, a number and a region; AWS's regions have a shape of their own."""


def _hosts(held: Held) -> tuple[Host, ...]:
    return (held.reading.database_hosts if held.reading else None) or ()


def _pooler_user(held: Held, _setting: Setting) -> str | None:
    for host in _hosts(held):
        if is_pooler(host.name) and pooler_ref(host.user) is None and not _names_project_otherwise(held):
            return "the value's user names no project, as Supabase's pooler needs it: write postgres.<project ref>"
    return None


def _names_project_otherwise(held: Held) -> bool:
    """Whether the connection's `options` say the project, as the pooler takes it too."""
    url = held.reading.url if held.reading else None
    return url is not None and any(name == "options" and "reference=" in value for name, value in url.query)


def _pool_mode(held: Held, _setting: Setting) -> str | None:
    options = held.definition.type.options
    faults = (_wrong_port(options, host) for host in _hosts(held))
    return next((fault for fault in faults if fault is not None), None)


def _wrong_port(options: TypeOptions, host: Host) -> str | None:
    mode, port = options.get("pool_mode"), host.port or SESSION_PORT
    if is_pooler(host.name):
        if port not in {TRANSACTION_PORT, SESSION_PORT}:
            return (
                "the value names a port that Supabase's pooler does not have: 6543 for transactions, 5432 for sessions"
            )
        if mode == "direct":
            return "the value leads to Supabase's pooler: `pool_mode: direct` asks for the database itself"
    elif not direct_ref(host.name) or (mode != "direct" and options.get("ipv4_addon") is not True):
        # Of a host that Render cannot reach, RC101 has the first word; one cause, one finding.
        return None
    if mode == "transaction" and port != TRANSACTION_PORT:
        return "the value leads to sessions: `pool_mode: transaction` needs port 6543 of Supabase's pooler"
    if mode in {"session", "direct"} and port != SESSION_PORT:
        return f"the value leads to the pooler of transactions: `pool_mode: {mode}` needs port 5432"
    return None


def _invented(held: Held, _setting: Setting) -> str | None:
    if any(_LIKE_A_POOLER.fullmatch(host.name) and not _REAL.fullmatch(host.name) for host in _hosts(held)):
        return "the value names a pooler that Supabase does not have: it is <cloud>-<n>-<region>.pooler.supabase.com"
    return None


POOLER_USER = Rule(
    code="RC104",
    name="supabase-pooler-user",
    family=FAMILY,
    severity=Severity.ERROR,
    reason="The pooler serves all projects of a region and tells them apart by the user's name alone.",
    fix="write the user as <role>.<project ref>, such as postgres.<ref>",
    source=CONNECTING,
    look=Alone(_pooler_user, Kin.URL),
    fires=Example(
        "postgresql://postgres:…@aws-0-eu-central-1.pooler.supabase.com:6543/postgres",
        lambda: one("DATABASE_URL", database(user="postgres")),
    ),
    passes=Example(
        "postgresql://postgres.<ref>:…@aws-0-eu-central-1.pooler.supabase.com:6543/postgres",
        lambda: one("DATABASE_URL", database()),
    ),
)
POOL_MODE = Rule(
    code="RC105",
    name="supabase-pool-mode",
    family=FAMILY,
    severity=Severity.ERROR,
    reason="Port 6543 of the pooler gives a connection for one transaction, 5432 for a whole session.",
    fix="take the port that `pool_mode` asks for, or declare the mode that is meant",
    source=CONNECTING,
    look=Alone(_pool_mode, Kin.URL),
    fires=Example(
        "port 5432 of the pooler where `pool_mode: transaction` is declared",
        lambda: one("DATABASE_URL", database(f"{POOLER}:5432"), "postgres_url", {"pool_mode": "transaction"}),
    ),
    passes=Example(
        "port 5432 of the pooler where `pool_mode: session` is declared",
        lambda: one("DATABASE_URL", database(f"{POOLER}:5432"), "postgres_url", {"pool_mode": "session"}),
    ),
)
INVENTED_POOLER = Rule(
    code="RC106",
    name="supabase-unknown-pooler",
    family=FAMILY,
    severity=Severity.ERROR,
    reason="The pooler's host cannot be guessed from a project or a region: others do not exist.",
    fix="copy the host from the dashboard's Connect dialogue, such as aws-0-eu-central-1.pooler.supabase.com",
    source=CONNECTING,
    look=Alone(_invented, Kin.URL),
    fires=Example(
        "the host <ref>.pooler.supabase.com",
        lambda: one("DATABASE_URL", database(f"{REF}.pooler.supabase.com:6543")),
    ),
    passes=Example("the host aws-1-us-east-1.pooler.supabase.com", lambda: one("DATABASE_URL", database())),
)
