"""The outside world of the incident: Supabase projects, as a program on Render meets them.

Supabase's documentation on connecting says why a direct host fails: `db.<ref>.supabase.co` has only an IPv6 address
unless the IPv4 add-on is bought, and the pooler is the way in for IPv4-only platforms.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import jwt

if TYPE_CHECKING:
    from collections.abc import Mapping

_API_HOST = re.compile(r"(?P<ref>[a-z0-9]{20})\.supabase\.co")
_DIRECT_HOST = re.compile(r"db\.(?P<ref>[a-z0-9]{20})\.supabase\.co")
_POOLER_HOST = re.compile(r"aws-\d+-[a-z0-9-]+\.pooler\.supabase\.com")


@dataclass(frozen=True, slots=True)
class SupabaseProject:
    """A project that exists in this world, with what its doors open to."""

    ref: str
    jwt_secret: str
    database_password: str


def project_ref(variables: Mapping[str, str]) -> str | None:
    """Return the project that `SUPABASE_URL` names."""
    match = _API_HOST.fullmatch(urlsplit(variables.get("SUPABASE_URL", "")).hostname or "")
    return match["ref"] if match else None


def key_fault(name: str, variables: Mapping[str, str], projects: Mapping[str, SupabaseProject]) -> str | None:
    """Say what Supabase would say to a service-role key, or nothing if it takes it."""
    token, ref = variables[name], project_ref(variables)
    project = projects.get(ref or "")
    try:
        if project is None:
            claims = jwt.decode(token, options={"verify_signature": False})
        else:
            claims = jwt.decode(token, project.jwt_secret, algorithms=["HS256"])
    except jwt.InvalidTokenError:
        return f"CONFIGURATION_ERROR_FATAL: {name} was rejected by Supabase: Invalid API key"
    if claims.get("role") != "service_role":
        return f"CONFIGURATION_ERROR_FATAL: {name} has role {claims.get('role')}, needs service_role"
    if claims.get("ref") != ref:
        return f"CONFIGURATION_ERROR_FATAL: {name} belongs to project {claims.get('ref')}, not {ref}"
    return None


def database_fault(url: str, projects: Mapping[str, SupabaseProject]) -> str | None:
    """Say how connecting to a database fails from a platform that reaches IPv4 only, or nothing if it works."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "CONFIGURATION_ERROR_FATAL: DATABASE_URL is not a URL"
    if parts.scheme not in {"postgres", "postgresql"} or not parts.hostname:
        return "CONFIGURATION_ERROR_FATAL: DATABASE_URL is not a PostgreSQL URL"
    if _DIRECT_HOST.fullmatch(parts.hostname):
        return "OSError: [Errno 101] Network is unreachable"
    if not _POOLER_HOST.fullmatch(parts.hostname):
        return None
    if port not in {None, 5432, 6543}:
        return "OSError: [Errno 111] Connection refused"
    user, _, ref = unquote(parts.username or "").partition(".")
    project = projects.get(ref)
    if not ref or (projects and project is None):
        return "psycopg.OperationalError: FATAL: Tenant or user not found"
    if project and unquote(parts.password or "") != project.database_password:
        return f'psycopg.OperationalError: FATAL: password authentication failed for user "{user}"'
    return None
