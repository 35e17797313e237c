"""Who may approve, and who of them is one person: by names and keys in allowed_signers, and by accounts on GitHub."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.domain.approval import Persons
from reconciler.planning.vote import Vote

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from reconciler.domain.approval import Approval, Signer

UNKNOWN_AUTHOR = "unknown"
_NOBODY_KNOWN = "the plan's author is unknown, so it may be the approver's own"
_OWN = "whoever made the plan may not approve it"


@dataclass(frozen=True, slots=True)
class VerifiedApproval:
    """An approval whose signature was checked: by which key, or why it does not hold."""

    approval: Approval
    key_fingerprint: str | None
    problem: str | None = None

    @property
    def identity(self) -> str:
        """Who says to have signed."""
        return self.approval.identity


class ListedApprovers:
    """The people whom the policy lists.

    A principal of allowed_signers that is a login stands for that account on GitHub, so that a line which has both
    ties them. A login that no line has could belong to anybody who signs.
    """

    def __init__(self, signers: Iterable[Signer], logins: Iterable[str]) -> None:
        self._persons = Persons(signers)
        self._logins = {login.casefold() for login in logins}

    def has_login(self, login: str) -> bool:
        """Tell whether an account may approve; GitHub's logins do not depend on capitals."""
        return login.casefold() in self._logins

    def why_self_made(self, verified: VerifiedApproval, author: str) -> str | None:
        """Say why who signed is the plan's author, or could be."""
        identity = verified.identity
        if author == UNKNOWN_AUTHOR:
            return f"{_NOBODY_KNOWN} (set git's user.email where plans are made)"
        if identity.casefold() == author.casefold():
            return _OWN
        if self._persons.named(author) & self._person(verified):
            return f"{identity} and {author}, who made the plan, are one person in allowed_signers"
        return None

    def why_own_work(self, vote: Vote, author: str) -> str | None:
        """Say why who decided on GitHub has a part in the plan, or could have: as its author or as one of a commit."""
        if author == UNKNOWN_AUTHOR:
            return _NOBODY_KNOWN
        if vote.authors.unknown is not None:
            return f"{vote.authors.unknown}, so the plan may be the approver's own"
        if vote.by.login.casefold() == author.casefold():
            return _OWN
        if any(account.is_same_as(vote.by) for account in vote.authors.accounts):
            return "whoever has a part in what is planned, or began its run, may not approve it"
        person = self._person(vote)
        for name in (author, *(account.login for account in vote.authors.accounts), *vote.authors.names):
            if self._persons.named(name) & person:
                return f"{vote.by.login} and {name}, who has a part in what is planned, are one person"
        is_account = author.casefold() in {account.login.casefold() for account in vote.authors.accounts}
        if not (is_account or self._persons.lists(vote.by.login) or self._has_account(self._persons.named(author))):
            return f"it is not known whether they are {author}, who made the plan; list the login in allowed_signers"
        return None

    def why_one_person(self, one: VerifiedApproval | Vote, other: VerifiedApproval | Vote) -> str | None:
        """Say why two approvals are, or could be, one person's."""
        if self._person(one) & self._person(other) or (
            isinstance(one, Vote) and isinstance(other, Vote) and one.by.is_same_as(other.by)
        ):
            alias = "" if one.identity.casefold() == other.identity.casefold() else f", as {other.identity}"
            return f"the same person approved already{alias}"
        if isinstance(one, Vote) is not isinstance(other, Vote) and not (self._is_tied(one) or self._is_tied(other)):
            return (
                f"it is not known whether they are {other.identity}, who approved already; "
                "list the login in allowed_signers, as another principal of its owner's key"
            )
        return None

    def _is_tied(self, one: VerifiedApproval | Vote) -> bool:
        """Tell whether it is known which account on GitHub a signer has, or who signs for an account."""
        if isinstance(one, Vote):
            return self._persons.lists(one.by.login)
        return self._has_account(self._person(one))

    def _has_account(self, person: AbstractSet[str]) -> bool:
        return any(self._persons.named(login) & person for login in self._logins)

    def _person(self, one: VerifiedApproval | Vote) -> AbstractSet[str]:
        """Return all names and keys of who approved: of the name that is claimed and of the key that signed."""
        if isinstance(one, Vote):
            return self._persons.named(one.by.login)
        named = self._persons.named(one.identity)
        return named if one.key_fingerprint is None else named | self._persons.holding(one.key_fingerprint)
