"""`gcpsecrets://`: Google's client against a stand-in for its API and its token service."""

from __future__ import annotations

import base64
import json
import logging
import secrets
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from reconciler.domain.definition import SecretRef
from reconciler.domain.unresolved import Cause
from reconciler.domain.value import Secret
from reconciler.secrets import attempts
from tests.render_api.lying_server import HANG_UP, SILENCE, Received, Reply
from tests.secrets.certificate import made
from tests.secrets.facing import met, values_of_all_kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

TOKEN = secrets.token_hex(16)


def google(path: str, pointer: str | None = None, **parameters: str) -> SecretRef:
    return SecretRef("gcpsecrets", path, tuple(parameters.items()), pointer)


def holding(content: bytes) -> Reply:
    return Reply(body={"name": "projects/1/secrets/x", "payload": {"data": base64.b64encode(content).decode()}})


def logging_in(then: Callable[[Received], Reply]) -> Callable[[Received], Reply]:
    """Give a token to whoever signs for one, as Google's token service does."""

    def answer(request: Received) -> Reply:
        if request.target == "/token":
            return Reply(body={"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"})
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Reply(401, {"error": {"code": 401, "status": "UNAUTHENTICATED"}})
        return then(request)

    return answer


def stand_in(versions: Mapping[str, bytes]) -> Callable[[Received], Reply]:
    """Answer as https://cloud.google.com/secret-manager/docs/reference/rest does."""

    def answer(request: Received) -> Reply:
        name = request.target.partition("?")[0].removeprefix("/v1/").removesuffix(":access")
        if name in versions:
            return holding(versions[name])
        return Reply(404, {"error": {"code": 404, "status": "NOT_FOUND"}})

    return logging_in(answer)


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], Mapping[str, str]]:
    """Set the process's own environment, from which Google's client takes a service account's key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()

    def use(address: str) -> Mapping[str, str]:
        account = {
            "type": "service_account",
            "project_id": "navigator",
            "private_key_id": "1",
            "private_key": pem,
            "client_email": "reconcile@navigator.iam.gserviceaccount.com",
            "token_uri": f"{address}/token",
        }
        (tmp_path / "account.json").write_text(json.dumps(account))
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "account.json"))
        monkeypatch.setenv("NO_GCE_CHECK", "true")
        return {"CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER": f"{address}/"}

    return use


def test_values_come_byte_for_byte_and_no_log_shows_them(
    environ: Callable[[str], Mapping[str, str]],
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GOOGLE_SDK_PYTHON_LOGGING_SCOPE", "google")
    values = values_of_all_kinds()
    place = "projects/navigator/secrets"
    versions = {f"{place}/{name}/versions/latest": text.encode() for name, text in values.items()}
    small = {name: text for name, text in values.items() if name != "large"}
    versions[f"{place}/all/versions/latest"] = json.dumps(small).encode()
    versions[f"{place}/pem/versions/2"] = b"second"
    expected = {google(f"navigator/{name}"): Secret(text) for name, text in values.items()}
    expected |= {google("navigator/all", f"/{name}"): Secret(text) for name, text in small.items()}
    expected |= {google("navigator/pem", version="2"): Secret("second"), google("navigator/json", "/a"): Secret("1.10")}

    with caplog.at_level(logging.DEBUG):
        told = met(stand_in(versions), environ, folder, *expected)

    assert told.found == expected
    calls = [request.line for request in told.received if "/token" not in request.line]
    assert len(calls) == len(versions)
    shown = [values["large"], values["pem"], base64.b64encode(values["large"].encode()).decode(), TOKEN]
    assert not any(text in caplog.text + repr([vars(record) for record in caplog.records]) for text in shown)


def test_what_is_not_there_or_no_text_is_said_so(environ: Callable[[str], Mapping[str, str]], folder: Path) -> None:
    versions = {
        "projects/p/secrets/all/versions/latest": b'{"database_url": "x"}',
        "projects/p/secrets/noise/versions/latest": b"\xff\xfe",
    }
    nowhere, key, noise = google("p/nowhere"), google("p/all", "/database_uri"), google("p/noise")
    told = met(stand_in(versions), environ, folder, nowhere, key, noise)
    assert "there is no `projects/p/secrets/nowhere/versions/latest`" in str(told.found[nowhere])
    assert "did you mean `database_url`?" in str(told.found[key])
    assert "not text" in str(told.found[noise])


@pytest.mark.parametrize(
    "reference", [google("p"), google("p/a/b"), google("p/../x"), google("p/a", version="0"), google("p/a", region="x")]
)
def test_references_that_make_no_sense_are_refused_unasked(
    environ: Callable[[str], Mapping[str, str]], folder: Path, reference: SecretRef
) -> None:
    told = met([Reply(500)], environ, folder, reference)
    assert told.problem.cause is Cause.FAILED
    assert told.received == []


FAULTS = {
    "credentials": (Reply(401, {"error": {"code": 401}}), Cause.FORBIDDEN, "does not take the credentials", None),
    "forbidden": (Reply(403, {"error": {"code": 403}}), Cause.FORBIDDEN, "roles/secretmanager.secretAccessor", 1),
    "disabled": (Reply(400, {"error": {"code": 400}}), Cause.FAILED, "disabled or destroyed", 1),
    "throttled": (Reply(429, {"error": {"code": 429}}), Cause.FAILED, "throttles", 3),
    "broken": (Reply(503, {"error": {"code": 503}}), Cause.FAILED, "Google failed (503)", 3),
    "gateway": (Reply(502, b"<html>"), Cause.FAILED, "Google failed (502)", 3),
    "hangs up": (HANG_UP, Cause.FAILED, "broke off", 3),
    "cut": (Reply(200, {"payload": {"data": "eHh4" * 99}}, cut=9), Cause.FAILED, "broke off", 3),
    "garbled": (Reply(200, b"{"), Cause.FAILED, "no secret", 1),
    "redirect": (Reply(302, headers={"location": "https://example.com/"}), Cause.FAILED, "redirects", 1),
    "other": (Reply(418, {"error": {"code": 418}}), Cause.FAILED, "(418)", 1),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_failure_is_told_apart_and_only_passing_ones_are_tried_again(
    environ: Callable[[str], Mapping[str, str]], folder: Path, fault: str
) -> None:
    reply, cause, words, calls = FAULTS[fault]
    told = met(logging_in(lambda _: reply), environ, folder, google("p/a"))
    assert told.problem.cause is cause
    assert words in told.problem.message
    asked = [request for request in told.received if request.target != "/token"]
    assert calls is None or len(asked) == calls


@pytest.mark.parametrize(
    ("reply", "cause", "words"),
    [
        (Reply(400, {"error": "invalid_grant"}), Cause.FORBIDDEN, "expired, revoked"),
        (Reply(503, {"error": "internal_failure"}), Cause.FAILED, "token service failed"),
        (HANG_UP, Cause.FAILED, "cannot be reached"),
    ],
)
def test_a_login_that_fails_is_told_from_a_secret_that_may_not_be_read(
    environ: Callable[[str], Mapping[str, str]], folder: Path, reply: Reply, cause: Cause, words: str
) -> None:
    told = met([reply], environ, folder, google("p/a"))
    assert told.problem.cause is cause
    assert words in told.problem.message
    assert {request.target for request in told.received} == {"/token"}


def test_without_credentials_it_is_said_what_to_set(
    environ: Callable[[str], Mapping[str, str]], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without(address: str) -> Mapping[str, str]:
        given = environ(address)
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(folder / "nothing.json"))
        return given

    told = met([Reply(500)], without, folder, google("p/a"))
    assert told.problem.cause is Cause.FORBIDDEN
    assert "GOOGLE_APPLICATION_CREDENTIALS" in told.problem.message


def test_a_store_that_does_not_answer_is_given_up(
    environ: Callable[[str], Mapping[str, str]], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "ATTEMPT_SECONDS", 1.0)
    told = met(logging_in(lambda _: SILENCE), environ, folder, google("p/a"))
    assert "did not answer" in told.problem.message


def test_certificates_are_verified(
    environ: Callable[[str], Mapping[str, str]], folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    certificate = made(tmp_path / "tls")
    answer = logging_in(lambda _: holding(b"x"))
    assert "not trusted" in met(answer, environ, folder, google("p/a"), tls=certificate.server()).problem.message
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.ca))
    assert met(answer, environ, folder, google("p/a"), tls=certificate.server()).only == Secret("x")
