"""`doppler://` against a stand-in for Doppler's API: values, failures, logins, the count of calls."""

from __future__ import annotations

import json
import logging
import secrets
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from reconciler.domain.definition import SecretRef
from reconciler.domain.unresolved import Cause
from reconciler.domain.value import Secret
from reconciler.secrets import attempts
from tests.render_api.lying_server import SILENCE, Received, Reply
from tests.secrets.certificate import made
from tests.secrets.facing import WEB_FAULTS, expect_told_apart, met, values_of_all_kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


def doppler(path: str, pointer: str | None = None, **parameters: str) -> SecretRef:
    return SecretRef("doppler", path, tuple(parameters.items()), pointer)


@pytest.fixture
def environ() -> Callable[[str], Mapping[str, str]]:
    token = secrets.token_hex(16)
    return lambda address: {"DOPPLER_API_HOST": address, "DOPPLER_TOKEN": token}


def stand_in(configs: Mapping[tuple[str, str], Mapping[str, str]]) -> Callable[[Received], Reply]:
    """Answer as Doppler does: https://docs.doppler.com/reference/secrets-download."""

    def answer(request: Received) -> Reply:
        target = urlsplit(request.target)
        query = {name: values[0] for name, values in parse_qs(target.query).items()}
        config = configs.get((query.get("project", ""), query.get("config", "")))
        if target.path != "/v3/configs/config/secrets/download" or query["format"] != "json":
            return Reply(400)
        if not request.headers.get("authorization", "").startswith("Bearer "):
            return Reply(401, {"messages": ["no token"], "success": False})
        return Reply(404, {"messages": ["no config"], "success": False}) if config is None else Reply(body=config)

    return answer


def test_values_come_byte_for_byte_and_a_config_is_one_call(
    environ: Callable[[str], Mapping[str, str]], folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    values = values_of_all_kinds()
    expected = {doppler(f"app/prd/{name}"): Secret(text) for name, text in values.items()}
    expected |= {doppler("app/prd", f"/{name}"): Secret(text) for name, text in values.items()}
    expected |= {doppler("app/stg/N"): Secret("x"), doppler("app/prd/json", "/a"): Secret("1.10")}

    with caplog.at_level(logging.DEBUG):
        told = met(stand_in({("app", "prd"): values, ("app", "stg"): {"N": "x"}}), environ, folder, *expected)

    assert told.found == expected
    assert len(told.received) == 2
    assert not any(text in caplog.text for text in [values["large"], values["pem"], environ("")["DOPPLER_TOKEN"]])


def test_what_is_not_there_is_missing(environ: Callable[[str], Mapping[str, str]], folder: Path) -> None:
    answer = stand_in({("app", "prd"): {"DATABASE_URL": "x"}})
    key = met(answer, environ, folder, doppler("app/prd/DATABASE_URI")).problem
    config = met(answer, environ, folder, doppler("app/dev/DATABASE_URL")).problem
    assert {key.cause, config.cause} == {Cause.MISSING}
    assert "did you mean `DATABASE_URL`?" in key.message
    assert "no config `dev` of the project `app`" in config.message


@pytest.mark.parametrize(
    "reference", [doppler("app"), doppler("app//N"), doppler("a/b/c/d"), doppler("a/b/c", raw="1")]
)
def test_references_that_make_no_sense_are_refused_unasked(
    environ: Callable[[str], Mapping[str, str]], folder: Path, reference: SecretRef
) -> None:
    told = met([Reply(500)], environ, folder, reference)
    assert told.problem.cause is Cause.FAILED
    assert told.received == []


@pytest.mark.parametrize("fault", WEB_FAULTS)
def test_each_failure_is_told_apart(environ: Callable[[str], Mapping[str, str]], folder: Path, fault: str) -> None:
    expect_told_apart(fault, environ, folder, doppler("app/prd/N"))


def test_a_store_that_does_not_answer_is_given_up(
    environ: Callable[[str], Mapping[str, str]], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "ATTEMPT_SECONDS", 0.3)
    told = met([SILENCE], environ, folder, doppler("app/prd/N"))
    assert "did not answer" in told.problem.message
    assert len(told.received) == 3


def test_certificates_are_verified(
    environ: Callable[[str], Mapping[str, str]], folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    certificate = made(tmp_path / "tls")
    told = met([Reply(body={"N": "x"})], environ, folder, doppler("a/b/N"), tls=certificate.server())
    assert "not trusted" in told.problem.message
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.ca))
    assert met([Reply(body={"N": "x"})], environ, folder, doppler("a/b/N"), tls=certificate.server()).only == Secret(
        "x"
    )


def test_a_token_has_to_be_there_and_the_address_safe(folder: Path) -> None:
    told = met([Reply(500)], lambda address: {"DOPPLER_API_HOST": address}, folder, doppler("a/b/N"))
    assert told.problem.cause is Cause.FORBIDDEN
    assert "set DOPPLER_TOKEN" in told.problem.message
    told = met([Reply(500)], lambda _: {"DOPPLER_API_HOST": "http://doppler.example.com"}, folder, doppler("a/b/N"))
    assert "plain http" in told.problem.message
    told = met(
        [Reply(500)], lambda address: {"DOPPLER_API_HOST": address, "DOPPLER_TOKEN": "a\nb"}, folder, doppler("a/b/N")
    )
    assert "cannot be sent" in told.problem.message
    assert told.received == []


def test_a_github_job_logs_in_by_its_identity(folder: Path) -> None:
    job, own = secrets.token_hex(8), secrets.token_hex(8)

    def answer(request: Received) -> Reply:
        if request.target.startswith("/github"):
            return Reply(body={"value": job})
        if request.target == "/v3/auth/oidc":
            right = json.loads(request.body) == {"identity": "id-1", "token": job}
            return Reply(body={"success": True, "token": own}) if right else Reply(401, {"success": False})
        return Reply(body={"N": "x"}) if request.headers["authorization"] == f"Bearer {own}" else Reply(401)

    def environ(identity: str) -> Callable[[str], Mapping[str, str]]:
        return lambda address: {
            "DOPPLER_API_HOST": address,
            "DOPPLER_IDENTITY": identity,
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{address}/github",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": secrets.token_hex(8),
        }

    assert met(answer, environ("id-1"), folder, doppler("a/b/N")).only == Secret("x")
    refused = met(answer, environ("id-2"), folder, doppler("a/b/N")).problem
    assert refused.cause is Cause.FORBIDDEN
    assert "DOPPLER_IDENTITY was refused (401)" in refused.message
