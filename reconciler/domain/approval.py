"""An approval: what somebody signed, or said on GitHub, so that a plan may be applied to a protected environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
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
class RunApproval:
    """Where to ask: GitHub, for what reviewers of environments said in a workflow run. It says nothing by itself."""

    repository: str
    run_id: int

    def __str__(self) -> str:
        return f"run {self.run_id} of {self.repository}"


@dataclass(frozen=True, slots=True)
class ReviewApproval:
    """Where to ask: GitHub, for the reviews of a pull request. It says nothing by itself."""

    repository: str
    pull_request: int

    def __str__(self) -> str:
        return f"pull request {self.pull_request} of {self.repository}"


GitHubApproval = RunApproval | ReviewApproval
StoredApproval = Approval | GitHubApproval
"""What lies beside a plan file."""


@dataclass(frozen=True, slots=True)
class Signer:
    """One line of an OpenSSH allowed_signers file: who may sign with which key."""

    principals: tuple[str, ...]
    key_fingerprint: str
    """SHA-256 of the public key, as OpenSSH prints it."""
    options: tuple[str, ...] = ()
    """What OpenSSH holds the key to, such as `namespaces=git` or `valid-before=20270101`."""


class Persons:
    """Who is one person by an allowed_signers file: names and keys that share a line, however many lines it takes."""

    def __init__(self, signers: Iterable[Signer]) -> None:
        self._persons: dict[str, frozenset[str]] = {}
        for signer in signers:
            together = {_name(principal) for principal in signer.principals} | {_key(signer.key_fingerprint)}
            person = frozenset(together).union(*(self._persons.get(each, frozenset()) for each in together))
            self._persons.update(dict.fromkeys(person, person))

    def named(self, name: str) -> frozenset[str]:
        """Return the person of a name: all that is listed with it, or the name alone."""
        return self._persons.get(_name(name), frozenset({_name(name)}))

    def lists(self, name: str) -> bool:
        """Tell whether the file has a name at all, so that it is known who else that is."""
        return _name(name) in self._persons

    def holding(self, key_fingerprint: str) -> frozenset[str]:
        """Return the person of a key."""
        return self._persons.get(_key(key_fingerprint), frozenset({_key(key_fingerprint)}))


def _name(principal: str) -> str:
    return f"name {principal.casefold()}"


def _key(fingerprint: str) -> str:
    return f"key {fingerprint}"
