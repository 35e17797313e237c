"""Secrets made up at start-up, shaped like the real ones; none is ever written into a repository."""

from __future__ import annotations

import secrets
import string
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import jwt
from cryptography.fernet import Fernet

from reconciler.sandbox.workloads import SupabaseProject

_LETTERS_AND_DIGITS = string.ascii_letters + string.digits
_YEARS = 10


def supabase_project(ref: str) -> SupabaseProject:
    """Return a project with secrets of its own."""
    return SupabaseProject(ref, jwt_secret=secrets.token_urlsafe(48), database_password=_text(24))


def supabase_key(project: SupabaseProject, role: str) -> str:
    """Return a project's key for a role, a JWT with the claims that Supabase puts in."""
    now = datetime.now(UTC)
    claims = {
        "iss": "supabase",
        "ref": project.ref,
        "role": role,
        "iat": now,
        "exp": now + timedelta(days=365 * _YEARS),
    }
    return jwt.encode(claims, project.jwt_secret, algorithm="HS256")


def pooler_url(project: SupabaseProject, region: str) -> str:
    """Return the address of a project's database through the transaction pooler, which has IPv4."""
    password = quote(project.database_password, safe="")
    host = f"aws-0-{region}.pooler.supabase.com"
    return f"postgresql://postgres.{project.ref}:{password}@{host}:6543/postgres"


def direct_url(project: SupabaseProject) -> str:
    """Return the direct address of a project's database, which has only IPv6."""
    password = quote(project.database_password, safe="")
    return f"postgresql://postgres:{password}@db.{project.ref}.supabase.co:5432/postgres"


def secrets_of(project: SupabaseProject, region: str) -> dict[str, str]:
    """Return all the secrets of one environment of the incident."""
    return {
        "SUPABASE_ANON_KEY": supabase_key(project, "anon"),
        "SUPABASE_SERVICE_ROLE_KEY": supabase_key(project, "service_role"),
        "DATABASE_URL": pooler_url(project, region),
        "OPENAI_API_KEY": f"sk-proj-{_text(48)}",
        "LLAMAPARSE_API_KEY": f"llx-{_text(48)}",
        "DOCUMENT_ENCRYPTION_KEY": Fernet.generate_key().decode(),
    }


def _text(length: int) -> str:
    return "".join(secrets.choice(_LETTERS_AND_DIGITS) for _ in range(length))
