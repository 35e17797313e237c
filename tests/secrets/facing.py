"""What the tests of all stores do: ask a store that behaves as told, and judge what came of it."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.domain.unresolved import Unresolved
from reconciler.domain.value import Secret
from reconciler.secrets import SecretStores
from tests.render_api.lying_server import Received, Reply, lying

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from reconciler.domain.definition import SecretRef

Found = dict["SecretRef", Secret | Unresolved]


@dataclass(frozen=True)
class Met:
    """What came of a run, and what the store was asked."""

    found: Found
    received: list[Received]

    @property
    def only(self) -> Secret | Unresolved:
        (answer,) = self.found.values()
        return answer

    @property
    def problem(self) -> Unresolved:
        """The only reference's problem, which must be one and name the reference."""
        ((reference, answer),) = self.found.items()
        assert isinstance(answer, Unresolved), answer
        assert answer.message.startswith(f"{reference}: ")
        return answer


async def asked(folder: Path, environ: Mapping[str, str], *references: SecretRef) -> Found:
    found: Found = {}
    for reference, answer in (await SecretStores(folder, environ).resolve(references)).items():
        assert isinstance(answer, Secret | Unresolved)
        found[reference] = answer
    return found


def met(
    answer: Callable[[Received], Reply] | list[Reply],
    environ: Callable[[str], Mapping[str, str]],
    folder: Path,
    *references: SecretRef,
    tls: ssl.SSLContext | None = None,
) -> Met:
    """Resolve references against a server that answers as told; `environ` is made from its address."""

    async def run() -> Met:
        async with lying(answer, tls) as server:
            found = await asked(folder, environ(server.url.removesuffix("/v1")), *references)
            return Met(found, server.received)

    return asyncio.run(run())


def values_of_all_kinds() -> dict[str, str]:
    """Values that have come back changed from one store or another."""
    kind = "PRIVATE KEY"
    return {
        "pem": f"-----BEGIN {kind}-----\r\n{secrets.token_hex(16)}\n-----END {kind}-----\n\n",
        "shell": "a=b $HOME ${X} \"double\" 'single' `tick` \\ # %20 &amp;",
        "unicode": "ünïcödé 😀 \u2028",
        "large": secrets.token_hex(32 * 1024),
        "blank": f" {secrets.token_hex(4)} \t",
        "number": "1.10",
        "json": '{"a": 1.10}',
    }
