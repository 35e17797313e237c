"""An approval: what somebody signed so that a plan may be applied to a protected environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Statement:
    """The words that are signed: this very plan, these environments, until then."""

    plan_id: str
    digest: str
    environments: tuple[str, ...]
    created_by: str
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Approval:
    """A statement, who says to have signed it, and the armored OpenSSH signature."""

    statement: Statement
    identity: str
    signature: str


@dataclass(frozen=True, slots=True)
class Signer:
    """One line of an OpenSSH allowed_signers file: who may sign with which key."""

    principals: tuple[str, ...]
    key_fingerprint: str
    """SHA-256 of the public key, as OpenSSH prints it."""
    is_authority: bool = False
    """Whether the key is a certificate authority, which vouches for keys that nobody listed."""
