"""`vault://` against a real OpenBao server: values, versions, namespaces, logins, refusals, the count of calls."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from reconciler.domain.definition import SecretRef
from reconciler.domain.unresolved import Cause, Unresolved
from reconciler.domain.value import Secret
from reconciler.secrets import SecretStores
from tests.render_api.lying_server import Received, Reply, lying
from tests.secrets.openbao import OpenBao, running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

READ_APP = 'path "secret/data/app/*" { capabilities = ["read"] }'


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBao]:
    with running(tmp_path_factory.mktemp("bao")) as server:
        server.policy("app", READ_APP)
        yield server


def vault(path: str, key: str | None = "key", **parameters: str) -> SecretRef:
    return SecretRef("vault", path, tuple(parameters.items()), None if key is None else f"/{key}")


def answers(
    environ: Mapping[str, str], folder: Path, *references: SecretRef
) -> Mapping[SecretRef, Secret | Unresolved]:
    found = asyncio.run(SecretStores(folder, environ).resolve(references))
    assert all(isinstance(answer, Secret | Unresolved) for answer in found.values())
    return found  # type: ignore[return-value]  # checked above


def fetched(environ: Mapping[str, str], folder: Path, reference: SecretRef) -> str:
    found = answers(environ, folder, reference)[reference]
    assert isinstance(found, Secret), found
    return found.reveal()


def unresolved(environ: Mapping[str, str], folder: Path, reference: SecretRef) -> Unresolved:
    found = answers(environ, folder, reference)[reference]
    assert isinstance(found, Unresolved)
    assert found.message.startswith(f"{reference}: ")
    return found


@pytest.mark.parametrize("mount", ["secret", "old"])
def test_values_come_byte_for_byte_from_both_versions_of_the_engine(bao: OpenBao, folder: Path, mount: str) -> None:
    if mount == "old":
        bao.api("POST", "sys/mounts/old", {"type": "kv", "options": {"version": "1"}})
    kind = "PRIVATE KEY"
    values = {
        "pem": f"-----BEGIN {kind}-----\r\n{secrets.token_hex(16)}\n-----END {kind}-----\n\n",
        "shell": "a=b $HOME \"double\" 'single' `tick` \\ #",
        "unicode": "ünïcödé 😀 \u2028",
        "large": secrets.token_hex(32 * 1024),
    }
    path, body = (f"{mount}/data/v", {"data": values}) if mount == "secret" else (f"{mount}/v", values)
    bao.api("POST", path, body)

    found = answers(bao.environ(), folder, *(vault(f"{mount}/v", key) for key in values))

    assert found == {vault(f"{mount}/v", key): Secret(text) for key, text in values.items()}


def test_what_is_no_text_comes_as_it_is_stored(bao: OpenBao, folder: Path) -> None:
    bao.put("typed", {"n": 12.5, "i": 7, "t": True, "f": False, "o": {"a": [1, "é"]}, "a/b": "x"})
    for key, text in {"n": "12.5", "i": "7", "t": "true", "f": "false", "o": '{"a":[1,"é"]}', "o/a/1": "é"}.items():
        assert fetched(bao.environ(), folder, vault("secret/typed", key)) == text
    assert fetched(bao.environ(), folder, vault("secret/typed", "a~1b")) == "x"
    assert json.loads(fetched(bao.environ(), folder, vault("secret/typed", None)))["i"] == 7


def test_a_version_can_be_asked_for(bao: OpenBao, folder: Path) -> None:
    for value in ("first", "second"):
        bao.put("versions", {"key": value})
    assert fetched(bao.environ(), folder, vault("secret/versions")) == "second"
    assert fetched(bao.environ(), folder, vault("secret/versions", version="1")) == "first"
    assert "no version 9" in unresolved(bao.environ(), folder, vault("secret/versions", version="9")).message
    bao.api("DELETE", "secret/data/versions")
    assert "was deleted" in unresolved(bao.environ(), folder, vault("secret/versions")).message


def test_a_namespace_can_be_named_in_the_reference_or_in_the_environment(bao: OpenBao, folder: Path) -> None:
    bao.api("POST", "sys/namespaces/team")
    bao.api("POST", "sys/mounts/kv", {"type": "kv", "options": {"version": "2"}}, namespace="team")
    bao.api("POST", "kv/data/app", {"data": {"key": "of the team"}}, namespace="team")

    assert fetched(bao.environ(), folder, vault("kv/app", namespace="team")) == "of the team"
    assert fetched({**bao.environ(), "VAULT_NAMESPACE": "team"}, folder, vault("kv/app")) == "of the team"
    assert unresolved(bao.environ(), folder, vault("kv/app")).cause is Cause.FORBIDDEN


def test_what_is_not_there_is_missing(bao: OpenBao, folder: Path) -> None:
    bao.put("here", {"database_url": "x"})
    key = unresolved(bao.environ(), folder, vault("secret/here", "database_uri"))
    path = unresolved(bao.environ(), folder, vault("secret/nowhere"))
    data = unresolved(bao.environ(), folder, vault("secret/data/here", "database_url"))

    assert {key.cause, path.cause, data.cause} == {Cause.MISSING}
    assert "did you mean `database_url`?" in key.message
    assert "no such secret" in path.message
    assert "`vault://secret/here`" in data.message


@pytest.mark.parametrize(
    "path",
    [
        "secret/../sys/mounts",
        "secret//x",
        "secret/./x",
        "secret",
        "secret/",
        "auth/token/lookup-self",
        "sys/seal-status",
    ],
)
def test_a_path_leads_to_secrets_only(bao: OpenBao, folder: Path, path: str) -> None:
    assert unresolved(bao.environ(), folder, vault(path, None)).cause is not Cause.MISSING


def test_a_secret_that_the_policy_leaves_out_is_forbidden(bao: OpenBao, folder: Path) -> None:
    bao.put("app/mine", {"key": "x"})
    environ = bao.environ(bao.token("app"))

    found = answers(environ, folder, vault("secret/app/mine"), vault("secret/other"), vault("cubbyhole/x"))

    assert found[vault("secret/app/mine")] == Secret("x")
    other = found[vault("secret/other")]
    assert isinstance(other, Unresolved)
    assert other.cause is Cause.FORBIDDEN
    assert "may not read `secret/data/other`" in other.message


def test_an_expired_token_is_told_from_a_policy(bao: OpenBao, folder: Path) -> None:
    token = bao.token("app")
    bao.api("POST", "auth/token/revoke", {"token": token})
    found = unresolved(bao.environ(token), folder, vault("secret/app/mine"))
    assert found.cause is Cause.FORBIDDEN
    assert "expired" in found.message
    assert token not in found.message


def test_the_token_may_be_in_a_file(bao: OpenBao, folder: Path) -> None:
    bao.put("app/t", {"key": "x"})
    home = folder / "home"
    home.mkdir()
    environ = {"VAULT_ADDR": bao.address, "HOME": str(home)}
    assert "there is no token" in unresolved(environ, folder, vault("secret/app/t")).message
    (home / ".vault-token").write_text(bao.token("app") + "\n")
    assert fetched(environ, folder, vault("secret/app/t")) == "x"
    (folder / "t").write_text(bao.token("app"))
    environ = {"VAULT_ADDR": bao.address, "VAULT_TOKEN_FILE": str(folder / "t")}
    assert fetched(environ, folder, vault("secret/app/t")) == "x"


def test_openbaos_own_variables_count_where_vaults_name_no_server(bao: OpenBao, folder: Path) -> None:
    bao.put("app/b", {"key": "x"})
    environ = {"BAO_ADDR": bao.address, "BAO_TOKEN": bao.root, "VAULT_TOKEN": secrets.token_hex(8)}
    assert fetched(environ, folder, vault("secret/app/b")) == "x"
    # No token goes to a server of the other family.
    environ = {"VAULT_ADDR": bao.address, "BAO_TOKEN": bao.root}
    assert unresolved(environ, folder, vault("secret/app/b")).cause is Cause.FORBIDDEN


def test_login_by_approle(bao: OpenBao, folder: Path) -> None:
    bao.put("app/r", {"key": "x"})
    bao.api("POST", "sys/auth/approle", {"type": "approle"})
    bao.api("POST", "auth/approle/role/ci", {"token_policies": "app", "token_ttl": "5m"})
    role_id = bao.api("GET", "auth/approle/role/ci/role-id")["data"]["role_id"]
    secret_id = bao.api("POST", "auth/approle/role/ci/secret-id")["data"]["secret_id"]
    environ = {"VAULT_ADDR": bao.address, "VAULT_AUTH_METHOD": "approle", "VAULT_ROLE_ID": role_id}

    assert fetched({**environ, "VAULT_SECRET_ID": secret_id}, folder, vault("secret/app/r")) == "x"
    (folder / "id").write_text(secret_id + "\n")
    assert fetched({**environ, "VAULT_SECRET_ID_FILE": str(folder / "id")}, folder, vault("secret/app/r")) == "x"

    wrong = unresolved({**environ, "VAULT_SECRET_ID": secrets.token_hex(8)}, folder, vault("secret/app/r"))
    assert wrong.cause is Cause.FORBIDDEN
    assert "approle login was refused" in wrong.message
    del environ["VAULT_ROLE_ID"]
    assert "VAULT_ROLE_ID is not set" in unresolved(environ, folder, vault("secret/app/r")).message


class Issuer:
    """Signs tokens as GitHub or Kubernetes does, with a key of the test's own."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())

    @property
    def public(self) -> str:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self._key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()

    @property
    def certificate(self) -> str:
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ca.example.com")])
        now = datetime.now(UTC)
        made = x509.CertificateBuilder(name, name, self._key.public_key(), 1, now, now + timedelta(hours=1))
        return made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()

    def sign(self, claims: Mapping[str, Any]) -> str:
        now = datetime.now(UTC)
        times = {"iat": now, "nbf": now - timedelta(seconds=5), "exp": now + timedelta(minutes=5)}
        return jwt.encode({**times, **claims}, self._key, algorithm="ES256")


def test_login_by_the_identity_token_of_a_github_job(bao: OpenBao, folder: Path) -> None:
    bao.put("app/g", {"key": "x"})
    issuer = Issuer()
    bao.api("POST", "sys/auth/github-jobs", {"type": "jwt"})
    bao.api("POST", "auth/github-jobs/config", {"jwt_validation_pubkeys": [issuer.public]})
    role = {
        "role_type": "jwt",
        "user_claim": "sub",
        "bound_audiences": ["vault"],
        "bound_subject": "repo:acme/navigator:ref:refs/heads/main",
        "token_policies": "app",
    }
    bao.api("POST", "auth/github-jobs/role/deploy", role)
    request_token = secrets.token_hex(16)

    def github(request: Received) -> Reply:
        if request.headers.get("authorization") != f"Bearer {request_token}":
            return Reply(401)
        audience = "vault" if "audience=vault" in request.target else "https://github.com/acme"
        return Reply(body={"value": issuer.sign({"aud": audience, "sub": role["bound_subject"]})})

    async def resolve(**environ: str) -> Secret | Unresolved:
        async with lying(github) as server:
            given = {
                "VAULT_ADDR": bao.address,
                "VAULT_AUTH_METHOD": "jwt",
                "VAULT_AUTH_MOUNT": "github-jobs",
                "VAULT_ROLE": "deploy",
                "ACTIONS_ID_TOKEN_REQUEST_URL": f"{server.url}/token?api-version=2.0",
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN": request_token,
                **environ,
            }
            wanted = vault("secret/app/g")
            answer = (await SecretStores(folder, given).resolve([wanted]))[wanted]
            assert isinstance(answer, Secret | Unresolved)
            return answer

    assert asyncio.run(resolve(VAULT_JWT_AUDIENCE="vault")) == Secret("x")
    assert "jwt login was refused" in str(asyncio.run(resolve()))
    assert "id-token: write" in str(asyncio.run(resolve(ACTIONS_ID_TOKEN_REQUEST_TOKEN=secrets.token_hex(8))))
    assert "there is no JWT" in str(asyncio.run(resolve(ACTIONS_ID_TOKEN_REQUEST_TOKEN="")))
    own = issuer.sign({"aud": "vault", "sub": role["bound_subject"]})
    assert asyncio.run(resolve(VAULT_JWT=own)) == Secret("x")


def test_login_by_the_service_account_of_a_pod(bao: OpenBao, folder: Path) -> None:
    bao.put("app/k", {"key": "x"})
    claims = {
        "iss": "https://kubernetes.default.svc.cluster.local",
        "sub": "system:serviceaccount:ci:deployer",
        "aud": ["https://kubernetes.default.svc.cluster.local"],
        "kubernetes.io": {"namespace": "ci", "serviceaccount": {"name": "deployer", "uid": "uid-1"}},
    }
    issuer = Issuer()
    account = issuer.sign(claims)
    (folder / "account").write_text(account)

    def token_review(request: Received) -> Reply:
        asked = json.loads(request.body)
        status = {
            "authenticated": asked["spec"]["token"] == account,
            "user": {"username": claims["sub"], "uid": "uid-1", "groups": []},
            "audiences": asked["spec"].get("audiences", []),
        }
        # Hangs up after the body, so that no connection outlives the test.
        return Reply(201, {**asked, "status": status}, cut=len(request.body) * 10)

    async def resolve() -> Secret | Unresolved:
        async with lying(token_review) as cluster:
            host = cluster.url.removesuffix("/v1")
            config = {"kubernetes_host": host, "token_reviewer_jwt": account, "kubernetes_ca_cert": issuer.certificate}
            role = {
                "bound_service_account_names": "deployer",
                "bound_service_account_namespaces": "ci",
                "token_policies": "app",
            }
            bao.api("POST", "sys/auth/kubernetes", {"type": "kubernetes"})
            bao.api("POST", "auth/kubernetes/config", config)
            bao.api("POST", "auth/kubernetes/role/deploy", role)
            environ = {
                "VAULT_ADDR": bao.address,
                "VAULT_AUTH_METHOD": "kubernetes",
                "VAULT_ROLE": "deploy",
                "VAULT_JWT_FILE": str(folder / "account"),
            }
            wanted = vault("secret/app/k")
            answer = (await SecretStores(folder, environ).resolve([wanted]))[wanted]
            assert cluster.lines == ["POST /apis/authentication.k8s.io/v1/tokenreviews"]
            assert isinstance(answer, Secret | Unresolved)
            return answer

    assert asyncio.run(resolve()) == Secret("x")


def test_a_thousand_references_to_twenty_paths_are_twenty_reads(
    bao: OpenBao, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    values = {f"key{number}": secrets.token_hex(16) for number in range(50)}
    for number in range(20):
        bao.put(f"many/{number}", values)
    wanted = [vault(f"secret/many/{number}", key) for number in range(20) for key in values]
    wanted += wanted[:100]

    def pass_on(request: Received) -> Reply:
        answer = httpx.request(
            request.method,
            bao.address + request.target,
            headers={"X-Vault-Token": request.headers["x-vault-token"]},
        )
        return Reply(answer.status_code, answer.json())

    async def resolve() -> list[str]:
        async with lying(pass_on) as server:
            environ = {**bao.environ(), "VAULT_ADDR": server.url.removesuffix("/v1")}
            stores = SecretStores(folder, environ)
            with caplog.at_level(logging.DEBUG):
                found = await stores.resolve(wanted)
                assert await stores.resolve(wanted) == found
            assert found == {reference: Secret(values[str(reference.pointer)[1:]]) for reference in wanted}
            return server.lines

    lines = asyncio.run(resolve())

    assert sorted(line for line in lines if "/data/" in line) == sorted(
        f"GET /v1/secret/data/many/{number}" for number in range(20)
    )
    assert len(lines) == 21
    assert "urllib3" in caplog.text
    assert not any(text in caplog.text for text in [*values.values(), bao.root])


def test_certificates_are_verified_by_the_ca_that_the_environment_names(tmp_path: Path, folder: Path) -> None:
    with running(tmp_path, tls=True) as secure:
        secure.put("app/s", {"key": "x"})
        ca = secure.ca
        wanted = vault("secret/app/s")
        environ = secure.environ()

        assert fetched({**environ, "VAULT_CACERT": str(ca)}, folder, wanted) == "x"
        for distrusting in (
            {},
            {"VAULT_SKIP_VERIFY": "true"},
            {"VAULT_CACERT": str(ca), "VAULT_TLS_SERVER_NAME": "a.b"},
        ):
            found = unresolved({**environ, **distrusting}, folder, wanted)
            assert "certificate is not trusted" in found.message
            assert "VAULT_CACERT" in found.message
        assert fetched({**environ, "SSL_CERT_FILE": str(ca)}, folder, wanted) == "x"
        named = {"VAULT_CACERT": str(ca), "VAULT_TLS_SERVER_NAME": "localhost"}
        assert fetched({**environ, **named}, folder, wanted) == "x"
        assert "VAULT_CACERT names no file" in unresolved({**environ, "VAULT_CACERT": "/no"}, folder, wanted).message


def test_a_sealed_server_is_said_to_be_sealed(tmp_path: Path, folder: Path) -> None:
    with running(tmp_path) as server:
        server.api("PUT", "sys/seal")
        assert "is sealed" in unresolved(server.environ(), folder, vault("secret/x")).message
