"""`azurekeyvault://`: Azure's clients against a stand-in for a vault and for a machine's identity."""

from __future__ import annotations

import asyncio
import logging
import secrets
from typing import TYPE_CHECKING

import pytest

from reconciler.domain.definition import SecretRef
from reconciler.domain.unresolved import Cause, Unresolved
from reconciler.domain.value import Secret
from reconciler.secrets import attempts
from tests.render_api.lying_server import HANG_UP, SILENCE, LyingServer, Received, Reply, lying
from tests.secrets.certificate import Certificate, made
from tests.secrets.facing import Found, Met, asked, values_of_all_kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

TOKEN = secrets.token_hex(16)
VERSION = secrets.token_hex(16)


def holding(value: str) -> Reply:
    return Reply(body={"value": value, "id": f"https://acme.vault.azure.net/secrets/x/{VERSION}", "attributes": {}})


def stand_in(values: Mapping[str, str]) -> Callable[[Received], Reply]:
    """Answer as https://learn.microsoft.com/rest/api/keyvault/secrets/get-secret does."""

    def answer(request: Received) -> Reply:
        name = request.target.partition("?")[0].removeprefix("/secrets/").rstrip("/")
        return holding(values[name]) if name in values else Reply(404, {"error": {"code": "SecretNotFound"}})

    return answer


class Azure:
    """A vault with TLS, which asks for a token as Azure's do, and the service that hands out a machine's tokens."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path, certificate: Certificate) -> None:
        self._monkeypatch = monkeypatch
        self._folder = folder
        self._certificate = certificate
        self.identity = Reply(body={"access_token": TOKEN, "expires_on": "4102444800", "token_type": "Bearer"})

    def met(self, then: Callable[[Received], Reply], *paths: str, pointer: str | None = None) -> Met:
        """Resolve references to secrets of the vault."""

        async def run() -> Met:
            async with (
                lying([self.identity]) as identity,
                lying(lambda request: self._vault(vault, request, then), self._certificate.server()) as vault,
            ):
                self._monkeypatch.setenv("IDENTITY_ENDPOINT", identity.url)
                self._monkeypatch.setenv("IDENTITY_HEADER", secrets.token_hex(8))
                self._monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
                host = vault.url.removeprefix("https://").removesuffix("/v1")
                wanted = [SecretRef("azurekeyvault", f"{host}/{path}", (), pointer) for path in paths]
                found = await asked(self._folder, {}, *wanted)
                return Met(found, [each for each in vault.received if "authorization" in each.headers])

        return asyncio.run(run())

    def _vault(self, server: LyingServer, request: Received, then: Callable[[Received], Reply]) -> Reply:
        if request.headers.get("authorization") == f"Bearer {TOKEN}":
            return then(request)
        # The vault's name without its first part, as in `vault.azure.net`.
        resource = server.url.replace("127.", "").removesuffix("/v1")
        challenge = f'Bearer authorization="https://login.example.com/tenant", resource="{resource}"'
        return Reply(401, {"error": {"code": "Unauthorized"}}, {"WWW-Authenticate": challenge})


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return made(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def azure(monkeypatch: pytest.MonkeyPatch, folder: Path, certificate: Certificate) -> Azure:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.ca))
    return Azure(monkeypatch, folder, certificate)


def by_path(found: Found) -> dict[str, Secret | Unresolved]:
    return {reference.path.partition("/")[2]: answer for reference, answer in found.items()}


def test_values_come_byte_for_byte_and_no_log_shows_them(azure: Azure, caplog: pytest.LogCaptureFixture) -> None:
    values = values_of_all_kinds() | {f"pem/{VERSION}": "second"}
    with caplog.at_level(logging.DEBUG):
        told = azure.met(stand_in(values), *values)
    assert by_path(told.found) == {name: Secret(text) for name, text in values.items()}
    assert len(told.received) == len(values)
    assert caplog.text
    assert not any(text in caplog.text for text in [values["large"], values["pem"], TOKEN])


def test_a_pointer_reads_a_part(azure: Azure) -> None:
    values = {"typed": '{"n": 1.10, "database_url": "x"}'}
    assert azure.met(stand_in(values), "typed", pointer="/n").only == Secret("1.10")
    near = azure.met(stand_in(values), "typed", pointer="/database_uri").problem
    assert near.cause is Cause.MISSING
    assert "did you mean `database_url`?" in near.message


@pytest.mark.parametrize(
    "path",
    ["acme", "acme/a/b", "acme/a.b", "acme.example.com/a", "evil.example.com/x.vault.azure.net", "10.0.0.1:443/a"],
)
def test_a_token_goes_to_azures_hosts_and_this_machine_only(folder: Path, path: str) -> None:
    ((reference, answer),) = asyncio.run(asked(folder, {}, SecretRef("azurekeyvault", path))).items()
    assert isinstance(answer, Unresolved)
    assert answer.message.startswith(f"{reference}: it")
    assert answer.cause is Cause.FAILED


FAULTS = {
    "forbidden": (Reply(403, {"error": {"code": "Forbidden"}}), Cause.FORBIDDEN, "Key Vault Secrets User", 1),
    "missing": (Reply(404, {"error": {"code": "SecretNotFound"}}), Cause.MISSING, "no such secret", 1),
    "expired": (Reply(401, {"error": {"code": "Unauthorized"}}), Cause.FORBIDDEN, "does not take the credentials", 1),
    "throttled": (Reply(429, {"error": {"code": "Throttled"}}), Cause.FAILED, "throttles", 3),
    "broken": (Reply(503, {"error": {"code": "x"}}), Cause.FAILED, "Azure failed (503)", 3),
    "gateway": (Reply(502, b"<html>"), Cause.FAILED, "Azure failed (502)", 3),
    "hangs up": (HANG_UP, Cause.FAILED, "broke off", 3),
    "cut": (Reply(200, {"value": "x" * 99}, cut=9), Cause.FAILED, "broke off", 3),
    "garbled": (Reply(200, b"{", {"content-type": "application/json"}), Cause.FAILED, "no secret", 3),
    "redirect": (Reply(302, headers={"location": "https://example.com/"}), Cause.FAILED, "redirects", 1),
    "other": (Reply(418, {"error": {"code": "x"}}), Cause.FAILED, "(418)", 1),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_failure_is_told_apart_and_only_passing_ones_are_tried_again(azure: Azure, fault: str) -> None:
    reply, cause, words, calls = FAULTS[fault]
    told = azure.met(lambda _: reply, "a")
    assert told.problem.cause is cause
    assert words in told.problem.message
    assert len(told.received) == calls


def test_a_store_that_does_not_answer_is_given_up(azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "ATTEMPT_SECONDS", 2.0)
    assert "did not answer" in azure.met(lambda _: SILENCE, "a").problem.message


def test_without_credentials_it_is_said_what_to_do(azure: Azure) -> None:
    azure.identity = Reply(400, {"error": "no identity"})
    told = azure.met(lambda _: holding("x"), "a")
    assert told.problem.cause is Cause.FORBIDDEN
    assert "az login" in told.problem.message
    assert told.received == []


def test_certificates_are_verified(azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    told = azure.met(lambda _: holding("x"), "a")
    assert "not trusted" in told.problem.message
    assert told.received == []
