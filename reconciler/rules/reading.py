"""A value as rules read it: its text, and what it says as a URL or a token, each found out once and only when asked."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from reconciler.value_types.postgres import database_hosts
from reconciler.value_types.supabase_project import project_ref
from reconciler.value_types.token import jwt_claims
from reconciler.value_types.url import parse_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.domain.value import Secret
    from reconciler.value_types.url import Host, Url

_LONGEST_URL = 8192
"""Characters; what programs and servers commonly take."""
_POINTS_OF_A_TOKEN = 2


class Reading:
    """One value, as long as rules look at it; like a `Secret`, it does not show itself."""

    def __init__(self, value: Secret) -> None:
        self.text = value.reveal()
        self.may_be_url = "://" in self.text
        self.may_be_key = self.text.startswith(("ey", "sb_"))

    def __repr__(self) -> str:
        return "Reading(…)"

    @cached_property
    def is_one_word(self) -> bool:
        """Whether it is something without white space."""
        return self.text.split() == [self.text]

    @cached_property
    def url(self) -> Url | None:
        """The parts of a URL, or `None`."""
        if not self.may_be_url or len(self.text) > _LONGEST_URL or not self.is_one_word:
            return None
        return parse_url(self.text)

    @cached_property
    def hosts(self) -> tuple[Host, ...]:
        """The hosts that a URL leads to; of a database's, those that its driver would ask."""
        if not self.may_be_url:
            return ()
        return self.database_hosts or (self.url.hosts if self.url else ())

    @cached_property
    def database_hosts(self) -> tuple[Host, ...] | None:
        """The hosts of a PostgreSQL URL, or `None`."""
        return database_hosts(self.text) if self.may_be_url and len(self.text) <= _LONGEST_URL else None

    @cached_property
    def claims(self) -> Mapping[str, Any] | None:
        """The claims of a JSON Web Token, or `None`; nobody vouches for them."""
        if not self.may_be_key or self.text.count(".") != _POINTS_OF_A_TOKEN:
            return None
        return jwt_claims(self.text)

    @cached_property
    def project(self) -> str | None:
        """The Supabase project that it tells, or `None`."""
        if not self.may_be_url and self.claims is None:
            return None
        return project_ref(self.text)
