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
        self.text = text = value.reveal()
        self.may_be_url = "://" in text
        self.may_be_key = text.startswith(("ey", "sb_"))
        self.is_one_word = text.split() == [text]
        """Whether it is something without white space."""

    def __repr__(self) -> str:
        return "Reading(…)"

    # Most values are neither URLs nor tokens, and there are many: these get by without the lock that Python 3.11 takes
    # whenever a cached property is asked for the first time.

    @property
    def url(self) -> Url | None:
        """The parts of a URL, or `None`."""
        return self._url if self.may_be_url else None

    @property
    def hosts(self) -> tuple[Host, ...]:
        """The hosts that a URL leads to; of a database's, those that its driver would ask."""
        return self._hosts if self.may_be_url else ()

    @property
    def database_hosts(self) -> tuple[Host, ...] | None:
        """The hosts of a PostgreSQL URL, or `None`."""
        return self._database_hosts if self.may_be_url else None

    @property
    def claims(self) -> Mapping[str, Any] | None:
        """The claims of a JSON Web Token, or `None`; nobody vouches for them."""
        return self._claims if self.may_be_key else None

    @property
    def project(self) -> str | None:
        """The Supabase project that it tells, or `None`."""
        return self._project if self.may_be_url or self.may_be_key else None

    @cached_property
    def _url(self) -> Url | None:
        return parse_url(self.text) if len(self.text) <= _LONGEST_URL and self.is_one_word else None

    @cached_property
    def _hosts(self) -> tuple[Host, ...]:
        return self.database_hosts or (self.url.hosts if self.url else ())

    @cached_property
    def _database_hosts(self) -> tuple[Host, ...] | None:
        return database_hosts(self.text) if len(self.text) <= _LONGEST_URL else None

    @cached_property
    def _claims(self) -> Mapping[str, Any] | None:
        return jwt_claims(self.text) if self.text.count(".") == _POINTS_OF_A_TOKEN else None

    @cached_property
    def _project(self) -> str | None:
        return project_ref(self.text) if self.may_be_url or self.claims is not None else None
