"""`infisical://` against a stand-in for Infisical's API: values, failures, logins, the count of calls."""

from __future__ import annotations

import json
import logging
import secrets
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from reconciler.domain.definition import SecretRef
from reconciler.domain.unresolved import Cause, Unresolved
from reconciler.domain.value import Secret
from reconciler.secrets import attempts
from tests.render_api.lying_server import SILENCE, Received, Reply
from tests.secrets.certificate import made
from tests.secrets.facing import WEB_FAULTS, expect_told_apart, met, values_of_all_kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


def infisical(path: str, pointer: str | None = "/NAME") -> SecretRef:
    return SecretRef("infisical", path, (), pointer)


@pytest.fixture
def environ() -> Callable[[str], Mapping[str, str]]:
    token = secrets.token_hex(16)
    return lambda address: {"INFISICAL_API_URL": f"{address}/api", "INFISICAL_TOKEN": token}


def listing(values: Mapping[str, str]) -> Reply:
    return Reply(
        body={
            "secrets": [
                {"secretKey": name, "secretValue": text, "type": "shared", "secretValueHidden": False}
                for name, text in values.items()
            ],
            "imports": [],
        }
    )


def stand_in(folders: Mapping[tuple[str, str, str], Mapping[str, str]]) -> Callable[[Received], Reply]:
    """Answer as https://infisical.com/docs/api-reference/endpoints/secrets/list says."""

    def answer(request: Received) -> Reply:
        target = urlsplit(request.target)
        query = {name: values[0] for name, values in parse_qs(target.query).items()}
        if target.path != "/api/v4/secrets" or query["viewSecretValue"] != "true":
            return Reply(400)
        folder = folders.get((query["projectId"], query["environment"], query["secretPath"]))
        return Reply(404, {"message": "no folder"}) if folder is None else listing(folder)

    return answer


def test_values_come_byte_for_byte_and_a_folder_is_one_call(
    environ: Callable[[str], Mapping[str, str]], folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    values = values_of_all_kinds()
    expected = {infisical("p-1/prod/api", f"/{name}"): Secret(text) for name, text in values.items()}
    expected |= {infisical("p-1/prod"): Secret("x"), infisical("p-1/prod/api", "/json/a"): Secret("1.10")}
    answer = stand_in({("p-1", "prod", "/api"): values, ("p-1", "prod", "/"): {"NAME": "x"}})

    with caplog.at_level(logging.DEBUG):
        told = met(answer, environ, folder, *expected)

    assert told.found == expected
    assert len(told.received) == 2
    token = environ("")["INFISICAL_TOKEN"]
    assert not any(text in caplog.text for text in [values["large"], values["pem"], token])


def test_what_is_not_there_is_missing(environ: Callable[[str], Mapping[str, str]], folder: Path) -> None:
    answer = stand_in({("p", "prod", "/"): {"DATABASE_URL": "x"}})
    key = met(answer, environ, folder, infisical("p/prod", "/DATABASE_URI")).problem
    nowhere = met(answer, environ, folder, infisical("p/prod/api")).problem
    assert {key.cause, nowhere.cause} == {Cause.MISSING}
    assert "did you mean `DATABASE_URL`?" in key.message
    assert "no folder `/api` of `prod`" in nowhere.message


def test_a_hidden_value_is_forbidden_and_a_personal_one_nobody_elses(
    environ: Callable[[str], Mapping[str, str]], folder: Path
) -> None:
    listed = [
        {"secretKey": "HIDDEN", "secretValue": "<hidden-by-infisical>", "type": "shared", "secretValueHidden": True},
        {"secretKey": "NAME", "secretValue": "shared", "type": "shared"},
        {"secretKey": "NAME", "secretValue": "mine", "type": "personal"},
    ]
    told = met([Reply(body={"secrets": listed})], environ, folder, infisical("p/prod"), infisical("p/prod", "/HIDDEN"))
    assert told.found[infisical("p/prod")] == Secret("shared")
    hidden = told.found[infisical("p/prod", "/HIDDEN")]
    assert isinstance(hidden, Unresolved)
    assert hidden.cause is Cause.FORBIDDEN


@pytest.mark.parametrize(
    "reference", [infisical("p"), infisical("p//x"), infisical("p/../x"), infisical("p/prod", None)]
)
def test_references_that_make_no_sense_are_refused_unasked(
    environ: Callable[[str], Mapping[str, str]], folder: Path, reference: SecretRef
) -> None:
    told = met([Reply(500)], environ, folder, reference)
    assert told.problem.cause is Cause.FAILED
    assert told.received == []


@pytest.mark.parametrize("fault", WEB_FAULTS)
def test_each_failure_is_told_apart(environ: Callable[[str], Mapping[str, str]], folder: Path, fault: str) -> None:
    expect_told_apart(fault, environ, folder, infisical("p/prod"))


def test_a_store_that_does_not_answer_is_given_up(
    environ: Callable[[str], Mapping[str, str]], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "ATTEMPT_SECONDS", 0.3)
    told = met([SILENCE], environ, folder, infisical("p/prod"))
    assert "did not answer" in told.problem.message
    assert len(told.received) == 3


def test_certificates_are_verified(
    environ: Callable[[str], Mapping[str, str]], folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    certificate = made(tmp_path / "tls")
    replies = [listing({"NAME": "x"})]
    told = met(replies, environ, folder, infisical("p/prod"), tls=certificate.server())
    assert "not trusted" in told.problem.message
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.ca))
    assert met(replies, environ, folder, infisical("p/prod"), tls=certificate.server()).only == Secret("x")


def test_a_login_has_to_be_there(folder: Path) -> None:
    told = met([Reply(500)], lambda address: {"INFISICAL_API_URL": address}, folder, infisical("p/prod"))
    assert told.problem.cause is Cause.FORBIDDEN
    assert "set INFISICAL_TOKEN" in told.problem.message
    assert told.received == []


def test_a_machine_logs_in_by_a_secret_and_a_github_job_by_its_identity(folder: Path) -> None:
    job, own, client = secrets.token_hex(8), secrets.token_hex(8), secrets.token_hex(8)
    right = {
        "/api/v1/auth/universal-auth/login": {"clientId": "id-1", "clientSecret": client},
        "/api/v1/auth/oidc-auth/login": {"identityId": "id-1", "jwt": job},
    }

    def answer(request: Received) -> Reply:
        if request.target.startswith("/github"):
            return Reply(body={"value": job})
        if request.target in right:
            known = json.loads(request.body) == right[request.target]
            return Reply(body={"accessToken": own, "expiresIn": 600}) if known else Reply(401)
        allowed = request.headers["authorization"] == f"Bearer {own}"
        return listing({"NAME": "x"}) if allowed else Reply(401)

    def by_secret(identity: str) -> Callable[[str], Mapping[str, str]]:
        return lambda address: {
            "INFISICAL_API_URL": address,
            "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": identity,
            "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": client,
        }

    def by_job(identity: str) -> Callable[[str], Mapping[str, str]]:
        return lambda address: {
            "INFISICAL_API_URL": address,
            "INFISICAL_MACHINE_IDENTITY_ID": identity,
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{address}/github",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": secrets.token_hex(8),
        }

    for environ in (by_secret, by_job):
        assert met(answer, environ("id-1"), folder, infisical("p/prod")).only == Secret("x")
        refused = met(answer, environ("id-2"), folder, infisical("p/prod")).problem
        assert refused.cause is Cause.FORBIDDEN
        assert "was refused (401)" in refused.message
