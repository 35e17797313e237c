"""`vault://` against a server that fails: what is said, how often it is asked, and that nothing of it is quoted."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from reconciler.domain.definition import SecretRef
from reconciler.domain.unresolved import Cause, Unresolved
from reconciler.domain.value import Secret
from reconciler.secrets import SecretStores
from tests.render_api.lying_server import HANG_UP, SILENCE, Received, Reply, lying

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ATTEMPTS = 3
MOUNT = Reply(body={"data": {"type": "kv", "path": "kv/", "options": {"version": "2"}}})


def refusal(status: int, *errors: str) -> Reply:
    return Reply(status, {"errors": list(errors)})


@dataclass(frozen=True)
class Fault:
    reply: Reply
    said: str
    reads: int = 1
    cause: Cause = Cause.FAILED


# ECHO stands for the value and the token, which a broken server or a proxy might repeat.
FAULTS = {
    "sealed": Fault(refusal(503, "Vault is sealed"), "is sealed"),
    "not initialised": Fault(refusal(501), "not initialised"),
    "forbidden": Fault(refusal(403, "permission denied"), "may not read `kv/data/app`", cause=Cause.FORBIDDEN),
    "missing": Fault(refusal(404), "no such secret", cause=Cause.MISSING),
    "throttled": Fault(refusal(429, "ECHO"), "throttles", ATTEMPTS),
    "internal error": Fault(refusal(500, "ECHO"), "failed (500)", ATTEMPTS),
    "bad gateway": Fault(Reply(502, b"<pre>ECHO</pre>"), "failed (502)", ATTEMPTS),
    "behind": Fault(refusal(412), "failed (412)", ATTEMPTS),
    "bad request": Fault(refusal(400, "ECHO"), "refused the read (400)"),
    "standby": Fault(refusal(472), "not the active one"),
    "redirect": Fault(Reply(307, headers={"Location": "ELSEWHERE"}), "not the active one (307)"),
    "reset": Fault(HANG_UP, "cannot be reached, or broke off", ATTEMPTS),
    "cut off": Fault(Reply(body={"data": {"data": {"key": "ECHO"}}}, cut=30), "broke off", ATTEMPTS),
    "silence": Fault(SILENCE, "did not answer in time", ATTEMPTS),
    "no JSON": Fault(Reply(body=b"ECHO"), "is not JSON"),
    "no secret": Fault(Reply(body={"data": {"data": "ECHO"}}), "no key-value secret"),
    "a list": Fault(Reply(body=["ECHO"]), "no key-value secret"),
    "null": Fault(Reply(body={"data": {"data": {"key": None}}}), "is null"),
    "empty": Fault(Reply(body={"data": {"data": {"key": ""}}}), "is empty"),
    "NUL": Fault(Reply(body={"data": {"data": {"key": "ECHO\0"}}}), "is not text"),
    "half a character": Fault(Reply(body={"data": {"data": {"key": "ECHO\ud800"}}}), "is not text"),
    "too large": Fault(Reply(body={"data": {"data": {"key": "x" * (1024 * 1024 + 1)}}}), "larger than 1 MiB"),
    "wrong key": Fault(
        Reply(body={"data": {"data": {"kex": "ECHO"}}}), "no key `key`; did you mean `kex`?", cause=Cause.MISSING
    ),
}


def told(reply: Reply, echo: str) -> Reply:
    """Return a reply that repeats what it must not."""
    if reply is HANG_UP or reply is SILENCE:
        return reply
    if isinstance(reply.body, bytes):
        return Reply(reply.status, reply.body.replace(b"ECHO", echo.encode()), reply.headers, reply.cut)
    body = json.loads(json.dumps(reply.body).replace("ECHO", echo))
    return Reply(reply.status, body, reply.headers, reply.cut)


def vault(folder: Path, read: Callable[[Received], Reply], **environ: str) -> tuple[Secret | Unresolved, list[str]]:
    """Resolve one reference against a server whose reads are answered so, and return the requests that it saw."""

    def answer(request: Received) -> Reply:
        if request.target.startswith("/v1/sys/internal/ui/mounts/"):
            return MOUNT
        if request.target == "/v1/auth/token/lookup-self":
            return Reply(body={"data": {}})
        return read(request)

    async def resolve() -> tuple[Secret | Unresolved, list[str]]:
        async with lying(answer) as server:
            given = {"VAULT_ADDR": server.url.removesuffix("/v1"), "VAULT_CLIENT_TIMEOUT": "300ms", **environ}
            wanted = SecretRef("vault", "kv/app", (), "/key")
            found = (await SecretStores(folder, given).resolve([wanted]))[wanted]
            assert isinstance(found, Secret | Unresolved)
            return found, server.lines

    return asyncio.run(resolve())


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_has_its_own_words_and_none_of_the_servers(
    folder: Path, value: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    fault, token = FAULTS[name], secrets.token_hex(16)
    reply = told(fault.reply, f"{value} {token}")

    with caplog.at_level(logging.DEBUG):
        found, lines = vault(folder, lambda _: reply, VAULT_TOKEN=token)

    assert isinstance(found, Unresolved)
    assert found.message.startswith("vault://kv/app#/key: ")
    assert fault.said in found.message
    assert found.cause is fault.cause
    assert lines.count("GET /v1/kv/data/app") == fault.reads
    out, err = capfd.readouterr()
    for secret in (value, token):
        assert secret not in found.message + caplog.text + out + err


def test_a_fault_that_passes_is_no_failure(folder: Path, value: str) -> None:
    replies = [HANG_UP, refusal(503, "standby"), Reply(body={"data": {"data": {"key": value}}})]
    found, lines = vault(folder, lambda _: replies.pop(0), VAULT_TOKEN=secrets.token_hex(8))
    assert found == Secret(value)
    assert lines.count("GET /v1/kv/data/app") == ATTEMPTS


def test_the_token_does_not_follow_a_redirect(folder: Path, value: str) -> None:
    async def resolve() -> list[str]:
        async with lying([Reply(body={"data": {"data": {"key": value}}})]) as other:
            reply = Reply(307, headers={"Location": f"{other.url}/kv/data/app"})
            found, _ = await asyncio.to_thread(vault, folder, lambda _: reply, VAULT_TOKEN=secrets.token_hex(8))
            assert "not the active one" in str(found)
            return other.lines

    assert asyncio.run(resolve()) == []


def test_a_login_that_fails_is_the_answer_to_every_reference(folder: Path, value: str) -> None:
    environ = {"VAULT_AUTH_METHOD": "approle", "VAULT_ROLE_ID": "role", "VAULT_SECRET_ID": value}
    for reply, said in (
        (refusal(400, f"invalid secret id {value}"), "approle login was refused (400)"),
        (Reply(body={"auth": None}), "without a token"),
        (refusal(503, "Vault is sealed"), "is sealed"),
    ):
        found, lines = vault(folder, lambda _, reply=reply: reply, **environ)  # type: ignore[misc]  # bound in the loop
        assert said in str(found)
        assert value not in str(found)
        assert lines == ["POST /v1/auth/approle/login"]


def test_a_server_that_is_down_is_given_up_on_once(folder: Path) -> None:
    async def resolve() -> int:
        async with lying([HANG_UP]) as server:
            environ = {"VAULT_ADDR": server.url.removesuffix("/v1"), "VAULT_TOKEN": secrets.token_hex(8)}
            wanted = [SecretRef("vault", f"kv/{number}", (), "/key") for number in range(50)]
            found = await SecretStores(folder, environ).resolve(wanted)
            assert all("cannot be reached" in str(found[each]) for each in wanted)
            return len(server.received)

    assert asyncio.run(resolve()) == ATTEMPTS


def test_a_server_that_never_finishes_is_not_waited_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.secrets.attempts.ATTEMPT_SECONDS", 0.2)
    began = time.monotonic()
    found, _ = vault(folder, lambda _: SILENCE, VAULT_TOKEN=secrets.token_hex(8), VAULT_CLIENT_TIMEOUT="5m")
    assert "did not answer within" in str(found)
    assert time.monotonic() - began < 30


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"VAULT_ADDR": ""}, "VAULT_ADDR is not set"),
        ({"VAULT_ADDR": "vault.example.com"}, "is not an address"),
        ({"VAULT_ADDR": "https://u:p@vault.example.com"}, "is not an address"),
        ({"VAULT_ADDR": "http://vault.example.com"}, "plain http"),
        ({"VAULT_AUTH_METHOD": "approl"}, "did you mean `approle`?"),
        ({"VAULT_CLIENT_CERT": "c.pem"}, "VAULT_CLIENT_CERT and VAULT_CLIENT_KEY"),
        ({"VAULT_CLIENT_TIMEOUT": "soon"}, "VAULT_CLIENT_TIMEOUT is not a time"),
        ({"VAULT_TOKEN": "two\nlines"}, "no line end"),
        ({"VAULT_TOKEN": "", "VAULT_TOKEN_FILE": "nowhere"}, "VAULT_TOKEN_FILE names no file"),
        ({"VAULT_AUTH_METHOD": "kubernetes"}, "VAULT_JWT_FILE"),
    ],
)
def test_settings_that_make_no_sense_are_said_by_name(folder: Path, environ: dict[str, str], said: str) -> None:
    found, lines = vault(folder, lambda _: MOUNT, **({"VAULT_TOKEN": secrets.token_hex(8)} | environ))
    assert said in str(found)
    assert lines == []
