"""What the tests of all stores do: ask a store that behaves as told, and judge what came of it."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.domain.unresolved import Cause, Unresolved
from reconciler.domain.value import Secret
from reconciler.secrets import SecretStores
from tests.render_api.lying_server import HANG_UP, Received, Reply, lying

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


WEB_FAULTS: dict[str, tuple[Reply, Cause, str, int]] = {
    "no credentials": (Reply(401, {"error": "no"}), Cause.FORBIDDEN, "", 1),
    "forbidden": (Reply(403, {"error": "no"}), Cause.FORBIDDEN, "may not read", 1),
    "missing": (Reply(404, {"error": "no"}), Cause.MISSING, "there is no", 1),
    "throttled": (Reply(429, {"error": "no"}), Cause.FAILED, "throttles", 3),
    "broken": (Reply(500, {"error": "no"}), Cause.FAILED, "failed (500)", 3),
    "gateway": (Reply(502, b"<html>"), Cause.FAILED, "failed (502)", 3),
    "hangs up": (HANG_UP, Cause.FAILED, "broke off", 3),
    "cut": (Reply(200, {"name": "x" * 99}, cut=9), Cause.FAILED, "broke off", 3),
    "garbled": (Reply(200, b"{"), Cause.FAILED, "not JSON", 1),
    "redirect": (Reply(302, headers={"location": "https://example.com/"}), Cause.FAILED, "redirects", 1),
    "other": (Reply(418, {"error": "no"}), Cause.FAILED, "(418)", 1),
}
"""What an API can do to a request: the answer, and what is to be said of it, after how many requests."""


def expect_told_apart(
    fault: str, environ: Callable[[str], Mapping[str, str]], folder: Path, reference: SecretRef
) -> None:
    reply, cause, words, calls = WEB_FAULTS[fault]
    told = met([reply], environ, folder, reference)
    assert told.problem.cause is cause
    assert words in told.problem.message
    assert len(told.received) == calls


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
