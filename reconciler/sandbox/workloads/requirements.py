"""What a program needs of its variables before it starts, as the lines it logs when it lacks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.fernet import Fernet

from reconciler.sandbox.workloads.script import Line
from reconciler.sandbox.workloads.supabase import database_fault, key_fault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.sandbox.workloads.script import Surroundings


def faults_of(names: Sequence[str], variables: Mapping[str, str], surroundings: Surroundings) -> tuple[Line, ...]:
    """Return an error line for each variable that is missing or does not work; none means that the program starts."""
    messages = [f"CONFIGURATION_ERROR_FATAL: missing {name}" for name in names if not variables.get(name)]
    if variables.get("SUPABASE_SERVICE_ROLE_KEY"):
        messages.append(key_fault("SUPABASE_SERVICE_ROLE_KEY", variables, surroundings.projects) or "")
    if variables.get("DOCUMENT_ENCRYPTION_KEY"):
        messages.append(_fernet_fault(variables["DOCUMENT_ENCRYPTION_KEY"]))
    if variables.get("DATABASE_URL"):
        messages.append(database_fault(variables["DATABASE_URL"], surroundings.projects) or "")
    return tuple(Line(message, "error") for message in messages if message)


def _fernet_fault(key: str) -> str:
    try:
        Fernet(key)
    except ValueError as error:
        return f"CONFIGURATION_ERROR_FATAL: DOCUMENT_ENCRYPTION_KEY is not a Fernet key: {error}"
    return ""
