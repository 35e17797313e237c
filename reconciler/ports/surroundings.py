"""What else the core needs: time, secrets, the health of services, and somebody to tell how it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from reconciler.domain.definition import SecretRef
    from reconciler.domain.value import Secret
    from reconciler.errors import Problem


class Clock(Protocol):
    """Time, so that nothing inside asks the machine for it."""

    def now(self) -> datetime:
        """Return the time of day, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start that never run backwards."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SecretResolver(Protocol):
    """Fetches secrets from the stores that references name."""

    async def resolve(self, references: Sequence[SecretRef]) -> Mapping[SecretRef, Secret | Problem]:
        """Fetch each distinct reference once; what could not be had comes back as a problem without a location."""
        ...


class HealthProbe(Protocol):
    """Asks a service's own health path."""

    async def check(self, url: str) -> str | None:
        """Return `None` when the path answered as a healthy service does, else a sentence that says what it did."""
        ...


class Progress(Protocol):
    """Says what the work is waiting for, to a person who watches."""

    def say(self, message: str) -> None:
        """Show one line about what is going on now."""
        ...

    def wait(self, message: str) -> None:
        """Show what the work waits for, beside how far it has come, until there is something new to say."""
        ...
