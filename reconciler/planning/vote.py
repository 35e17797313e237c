"""A vote: what one person decided about a plan on GitHub, as GitHub told it just now, and who it must not be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.domain.github import Account, Authors
from reconciler.domain.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from reconciler.domain.github import Commit

_CO_AUTHOR = re.compile(r"^co-authored-by:.*<([^<>]*)>\s*$", re.IGNORECASE | re.MULTILINE)
_PRIVATE_ADDRESS = re.compile(r"(?:[0-9]+\+)?([^+@]+)@users\.noreply\.github\.com", re.IGNORECASE)
"""The address that GitHub gives to those who hide theirs: `ID+LOGIN@users.noreply.github.com`."""
WEB = "web-flow"
"""GitHub's own account, the committer of what is merged or edited on its pages."""


@dataclass(frozen=True, slots=True)
class Vote:
    """One person's decision; who may decide at all, and until when it counts, is the policy's to say."""

    by: Account
    place: str
    """Where it was said, for messages."""
    counted_from: datetime
    """A moment of GitHub's, not later than the decision."""
    authors: Authors
    environments: frozenset[str] | None = None
    """The GitHub environments it is for, in small letters; `None`: all that the plan is about."""
    fault: str | None = None
    """Why it is no approval of this plan, whoever gave it."""

    @property
    def identity(self) -> str:
        """Who decided, in a way that is no SSH principal's."""
        return f"{printable(self.by.login)} on GitHub"


@dataclass(frozen=True, slots=True)
class Unheard:
    """A place on GitHub that said nothing about the plan that could count, and why."""

    place: str
    fault: str

    @property
    def identity(self) -> str:
        """Where it should have been said."""
        return f"GitHub, {self.place}"


def authors_of(commits: Iterable[Commit]) -> Authors:
    """Return who made commits; one whose author or committer has no account could be by anybody."""
    accounts: list[Account] = []
    names: list[str] = []
    unknown = None
    for commit in commits:
        for role, account in (("author", commit.author), ("committer", commit.committer)):
            if account is None:
                unknown = unknown or f"the {role} of commit {commit.sha[:12]} has no account on GitHub that is known"
            elif account.login != WEB:
                accounts.append(account)
        for address in _CO_AUTHOR.findall(commit.message):
            private = _PRIVATE_ADDRESS.fullmatch(address.strip())
            names.append(private[1] if private else address.strip())
    return Authors(tuple(dict.fromkeys(accounts)), tuple(dict.fromkeys(names)), unknown)


def authors_among(*accounts: Account | None, what: str) -> Authors:
    """Return accounts as authors; `what` says of whom one is missing, because GitHub no longer has the account."""
    known = tuple(account for account in accounts if account is not None)
    return Authors(known, unknown=None if len(known) == len(accounts) else f"GitHub does not say who {what}")
