"""`awssecrets://` and `awsssm://`: boto3 against moto's server, and against one that fails in every way."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import secrets
from typing import TYPE_CHECKING

import httpx
import pytest

from reconciler.domain.definition import SecretRef
from reconciler.domain.unresolved import Cause, Unresolved
from reconciler.domain.value import Secret
from reconciler.secrets import attempts
from tests.render_api.lying_server import HANG_UP, SILENCE, Received, Reply
from tests.secrets.certificate import made
from tests.secrets.facing import asked, met, values_of_all_kinds
from tests.secrets.moto_server import REGION, Moto, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.secrets.facing import Found

ROLE = "arn:aws:iam::123456789012:role/reader"


@pytest.fixture(scope="module")
def moto() -> Iterator[Moto]:
    with running() as server:
        yield server


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], Mapping[str, str]]:
    """Set the process's own environment, which is what boto3 reads."""

    def use(address: str) -> Mapping[str, str]:
        for name, value in {
            "AWS_ENDPOINT_URL": address,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": secrets.token_hex(10),
            "AWS_SECRET_ACCESS_KEY": secrets.token_hex(20),
            "AWS_CONFIG_FILE": str(tmp_path / "no-config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "no-credentials"),
            "AWS_EC2_METADATA_DISABLED": "true",
        }.items():
            monkeypatch.setenv(name, value)
        return {}

    return use


def secret(path: str, pointer: str | None = None, **parameters: str) -> SecretRef:
    return SecretRef("awssecrets", path, tuple(parameters.items()), pointer)


def parameter(path: str, pointer: str | None = None, **parameters: str) -> SecretRef:
    return SecretRef("awsssm", path, tuple(parameters.items()), pointer)


@pytest.fixture
def ask(moto: Moto, aws: Callable[[str], Mapping[str, str]], folder: Path) -> Callable[..., Found]:
    environ = aws(moto.address)
    return lambda *references: asyncio.run(asked(folder, environ, *references))


def problem_of(found: Found) -> Unresolved:
    ((reference, answer),) = found.items()
    assert isinstance(answer, Unresolved), answer
    assert answer.message.startswith(f"{reference}: ")
    return answer


def test_secrets_come_byte_for_byte_whole_and_by_pointer(moto: Moto, ask: Callable[..., Found]) -> None:
    values = values_of_all_kinds()
    small = {name: text for name, text in values.items() if name != "large"}
    client = moto.secrets_manager()
    for name, text in values.items():
        client.create_secret(Name=f"bytes/{name}", SecretString=text)
    client.create_secret(Name="bytes/binary", SecretBinary=values["pem"].encode())
    client.create_secret(Name="bytes/all", SecretString=json.dumps(small))

    found = ask(
        *(secret(f"bytes/{name}") for name in values),
        *(secret("bytes/all", f"/{name}") for name in small),
        secret("bytes/binary"),
    )

    assert found == (
        {secret(f"bytes/{name}"): Secret(text) for name, text in values.items()}
        | {secret("bytes/all", f"/{name}"): Secret(text) for name, text in small.items()}
        | {secret("bytes/binary"): Secret(values["pem"])}
    )


def test_numbers_and_objects_of_a_secret_come_as_they_are_stored(moto: Moto, ask: Callable[..., Found]) -> None:
    moto.secrets_manager().create_secret(Name="typed", SecretString='{"n": 1.10, "t": true, "o": {"a": [1, "é"]}}')
    expected = {"/n": "1.10", "/t": "true", "/o": '{"a":[1,"é"]}', "/o/a/1": "é"}
    found = ask(*(secret("typed", pointer) for pointer in expected))
    assert found == {secret("typed", pointer): Secret(text) for pointer, text in expected.items()}


def test_a_version_a_stage_an_arn_and_a_region_can_be_asked_for(moto: Moto, ask: Callable[..., Found]) -> None:
    client = moto.secrets_manager()
    made = client.create_secret(Name="versions", SecretString="first")
    client.put_secret_value(SecretId="versions", SecretString="second")
    far = moto.secrets_manager("us-east-1").create_secret(Name="far", SecretString="far away")
    expected = {
        secret("versions"): "second",
        secret("versions", version_id=made["VersionId"]): "first",
        secret("versions", stage="AWSPREVIOUS"): "first",
        secret("versions", stage="AWSCURRENT"): "second",
        secret(made["ARN"]): "second",
        secret(made["ARN"][:-7]): "second",
        secret("far", region="us-east-1"): "far away",
        secret(far["ARN"]): "far away",
    }
    assert ask(*expected) == {reference: Secret(text) for reference, text in expected.items()}
    assert problem_of(ask(secret("far"))).cause is Cause.MISSING
    assert problem_of(ask(secret("versions", version_id=secrets.token_hex(16)))).cause is Cause.MISSING
    assert "leave it out" in problem_of(ask(secret(far["ARN"], region=REGION))).message


def test_a_role_can_be_taken_on(moto: Moto, ask: Callable[..., Found], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    # Moto knows whose keys it gave out: what the role of another account sees is that account's.
    moto.secrets_manager().create_secret(Name="ours", SecretString="ours")
    assert ask(secret("ours", role_arn=ROLE)) == {secret("ours", role_arn=ROLE): Secret("ours")}
    assert "SecretAccessKey" not in caplog.text
    other = ROLE.replace("123456789012", "210987654321")
    assert problem_of(ask(secret("ours", role_arn=other))).cause is Cause.MISSING


def test_what_is_not_there_is_missing(moto: Moto, ask: Callable[..., Found]) -> None:
    moto.secrets_manager().create_secret(Name="here", SecretString='{"database_url": "x"}')
    moto.secrets_manager().create_secret(Name="gone", SecretString="x")
    moto.secrets_manager().delete_secret(SecretId="gone")
    moto.secrets_manager().create_secret(Name="noise", SecretBinary=b"\xff\xfe")
    found = ask(
        secret("nowhere"), secret("here", "/database_uri"), secret("gone"), secret("noise"), parameter("/no/where")
    )
    texts = {reference.path: str(answer) for reference, answer in found.items()}
    assert "no such secret" in texts["nowhere"]
    assert "did you mean `database_url`?" in texts["here"]
    assert "marked for deletion" in texts["gone"]
    assert "not text" in texts["noise"]
    assert "no parameter `/no/where`" in texts["/no/where"]


@pytest.mark.parametrize(
    "reference",
    [
        secret("x", region="eu-central-1.example.com"),
        secret("x", role_arn="reader"),
        secret("x", versionid="1"),
        parameter("x", version="0"),
        parameter("x", version="1", label="live"),
    ],
)
def test_parameters_that_make_no_sense_are_refused_unasked(
    aws: Callable[[str], Mapping[str, str]], folder: Path, reference: SecretRef
) -> None:
    told = met([Reply(500)], aws, folder, reference)
    assert told.problem.cause is Cause.FAILED
    assert told.received == []


def test_parameters_come_byte_for_byte_by_path_version_label_and_pointer(moto: Moto, ask: Callable[..., Found]) -> None:
    values = {name: text for name, text in values_of_all_kinds().items() if len(text) < 4096}
    client = moto.parameters()
    for name, text in values.items():
        client.put_parameter(Name=f"/app/{name}", Value=text, Type="SecureString")
    client.put_parameter(Name="plain", Value="first", Type="String")
    client.put_parameter(Name="plain", Value="second", Type="String", Overwrite=True)
    client.label_parameter_version(Name="plain", ParameterVersion=1, Labels=["live"])
    expected = {parameter(f"/app/{name}"): text for name, text in values.items()}
    expected |= {parameter(f"app/{name}"): text for name, text in values.items()}
    expected |= {
        parameter("plain"): "second",
        parameter("plain", version="1"): "first",
        parameter("plain", label="live"): "first",
        parameter("app/json", "/a"): "1.10",
    }
    assert ask(*expected) == {reference: Secret(text) for reference, text in expected.items()}


def test_many_references_are_few_calls_and_no_log_shows_them(
    moto: Moto, aws: Callable[[str], Mapping[str, str]], folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    values = {f"key{number}": secrets.token_hex(16) for number in range(10)}
    manager, store = moto.secrets_manager(), moto.parameters()
    for number in range(45):
        manager.create_secret(Name=f"many/{number}", SecretString=json.dumps(values))
        store.put_parameter(Name=f"/many/{number}", Value=values["key1"], Type="SecureString")
    wanted = {secret(f"many/{number}", f"/{key}"): Secret(text) for number in range(45) for key, text in values.items()}
    wanted |= {parameter(f"many/{number}"): Secret(values["key1"]) for number in range(45)}

    def pass_on(request: Received) -> Reply:
        answer = httpx.post(moto.address, content=request.body, headers=request.headers)
        return Reply(answer.status_code, answer.content, {"content-type": answer.headers["content-type"]})

    with caplog.at_level(logging.DEBUG):
        told = met(pass_on, aws, folder, *wanted)

    assert told.found == wanted
    targets = [request.headers["x-amz-target"].partition(".")[2] for request in told.received]
    assert sorted(targets) == ["BatchGetSecretValue"] * 3 + ["GetParameters"] * 5
    assert caplog.text
    assert not any(text in caplog.text for text in values.values())


def refusal(code: str, status: int = 400) -> Reply:
    return Reply(status, {"__type": code, "message": "no"}, {"content-type": "application/x-amz-json-1.1"})


FAULTS = {
    "forbidden": ([refusal("AccessDeniedException")], Cause.FORBIDDEN, "may not read it", 1),
    "no key": ([refusal("DecryptionFailure")], Cause.FORBIDDEN, "", 1),
    "expired": ([refusal("ExpiredTokenException")], Cause.FORBIDDEN, "are expired", 1),
    "unknown": ([refusal("UnrecognizedClientException")], Cause.FORBIDDEN, "does not know the credentials", 1),
    "throttled": ([refusal("ThrottlingException")], Cause.FAILED, "throttles", 3),
    "too many": ([refusal("Whatever", 429)], Cause.FAILED, "throttles", 3),
    "broken": ([refusal("InternalServiceError", 500)], Cause.FAILED, "AWS failed (500)", 3),
    "gateway": ([Reply(502, b"<html>")], Cause.FAILED, "AWS failed (502)", 3),
    "garbled": ([Reply(200, b"{")], Cause.FAILED, "cannot be read", 3),
    "hangs up": ([HANG_UP], Cause.FAILED, "broke off", 3),
    "cut": ([Reply(200, {"SecretString": "x" * 99}, cut=9)], Cause.FAILED, "cannot be read", 3),
    "other": ([refusal("Bizarre: value")], Cause.FAILED, "refused to read it", 1),
    "redirect": ([Reply(302, headers={"location": "https://example.com/"})], Cause.FAILED, "refused to read it", 1),
}


@pytest.mark.parametrize("make", [secret, parameter])
@pytest.mark.parametrize("fault", FAULTS)
def test_each_failure_is_told_apart_and_only_passing_ones_are_tried_again(
    aws: Callable[[str], Mapping[str, str]], folder: Path, fault: str, make: Callable[[str], SecretRef]
) -> None:
    replies, cause, words, calls = FAULTS[fault]
    if fault == "no key" and make is parameter:
        replies = [refusal("InvalidKeyId")]
    told = met(replies, aws, folder, make("path"))
    assert told.problem.cause is cause
    assert words in told.problem.message
    assert "Bizarre" not in told.problem.message
    assert len(told.received) == calls


def test_a_failure_that_passes_is_not_noticed(aws: Callable[[str], Mapping[str, str]], folder: Path) -> None:
    told = met(
        [HANG_UP, refusal("ThrottlingException"), Reply(body={"ARN": "arn", "SecretString": "x"})],
        aws,
        folder,
        secret("p"),
    )
    assert told.only == Secret("x")


def test_a_store_that_does_not_answer_is_given_up_for_all_references(
    aws: Callable[[str], Mapping[str, str]], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "ATTEMPT_SECONDS", 0.5)
    told = met([SILENCE], aws, folder, *(secret(f"p{number}", stage="live") for number in range(20)))
    assert all("did not answer" in str(answer) for answer in told.found.values())
    assert len(told.received) == 24


def test_a_batch_that_is_refused_is_taken_apart(aws: Callable[[str], Mapping[str, str]], folder: Path) -> None:
    def answer(request: Received) -> Reply:
        body = json.loads(request.body)
        names = body.get("Names") or body.get("SecretIdList") or [body["SecretId"]]
        if len(names) > 1 or names[0].endswith("b"):
            return refusal("AccessDeniedException")
        if "SecretId" in body:
            return Reply(body={"ARN": "arn", "SecretString": "x"})
        return Reply(body={"Parameters": [{"Name": names[0], "Value": "y"}], "InvalidParameters": []})

    told = met(answer, aws, folder, *(make(name) for make in (secret, parameter) for name in "abc"))

    assert told.found[secret("a")] == told.found[secret("c")] == Secret("x")
    assert told.found[parameter("a")] == told.found[parameter("c")] == Secret("y")
    for reference in (secret("b"), parameter("b")):
        answer_to_b = told.found[reference]
        assert isinstance(answer_to_b, Unresolved)
        assert answer_to_b.cause is Cause.FORBIDDEN
    assert len(told.received) == 8


def test_answers_to_a_batch_may_come_in_pages_with_errors_among_them(
    aws: Callable[[str], Mapping[str, str]], folder: Path
) -> None:
    arn = f"arn:aws:secretsmanager:{REGION}:123456789012:secret:"
    binary = base64.b64encode(b"z\n").decode()
    pages = [
        {"SecretValues": [{"Name": "a", "ARN": arn + "a-abcdef", "SecretString": "x"}], "NextToken": "2"},
        {
            "SecretValues": [{"Name": "c", "ARN": arn + "c-abcdef", "SecretBinary": binary}],
            "Errors": [{"SecretId": "b", "ErrorCode": "AccessDeniedException", "Message": "no"}],
        },
    ]
    told = met([Reply(body=page) for page in pages], aws, folder, *(secret(name) for name in "abcd"))
    assert told.found[secret("a")] == Secret("x")
    assert told.found[secret("c")] == Secret("z\n")
    assert "may not read it" in str(told.found[secret("b")])
    assert "did not answer for this secret" in str(told.found[secret("d")])
    assert json.loads(told.received[1].body)["NextToken"] == "2"


def test_a_role_that_may_not_be_taken_on_is_forbidden(aws: Callable[[str], Mapping[str, str]], folder: Path) -> None:
    denied = b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"
    told = met([Reply(403, denied, {"content-type": "text/xml"})], aws, folder, secret("p", role_arn=ROLE))
    assert told.problem.cause is Cause.FORBIDDEN
    assert "sts:AssumeRole" in told.problem.message


def test_missing_credentials_and_region_say_what_to_set(
    aws: Callable[[str], Mapping[str, str]], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without(*names: str) -> Callable[[str], Mapping[str, str]]:
        def use(address: str) -> Mapping[str, str]:
            environ = aws(address)
            for name in names:
                monkeypatch.delenv(name)
            return environ

        return use

    told = met([Reply(500)], without("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), folder, secret("p"))
    assert told.problem.cause is Cause.FORBIDDEN
    assert "AWS_ACCESS_KEY_ID" in told.problem.message
    told = met([Reply(500)], without("AWS_REGION"), folder, secret("p"))
    assert "set AWS_REGION" in told.problem.message
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    told = met([Reply(500)], aws, folder, secret("p"))
    assert "aws sts get-caller-identity" in told.problem.message
    assert told.received == []


def test_certificates_are_verified(
    aws: Callable[[str], Mapping[str, str]], folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    certificate = made(tmp_path / "tls")
    replies = [Reply(body={"ARN": "arn", "SecretString": "x"})]
    told = met(replies, aws, folder, secret("p"), tls=certificate.server())
    assert "is not trusted" in told.problem.message
    assert "AWS_CA_BUNDLE" in told.problem.message
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate.ca))
    assert met(replies, aws, folder, secret("p"), tls=certificate.server()).only == Secret("x")


def test_no_long_lived_key_is_needed_where_the_job_has_an_identity(
    moto: Moto, aws: Callable[[str], Mapping[str, str]], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in Kubernetes, or where the token of a GitHub job was put into a file."""
    moto.secrets_manager().create_secret(Name="by-identity", SecretString="x")
    environ = aws(moto.address)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    (folder / "identity").write_text(secrets.token_hex(16))
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(folder / "identity"))
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    found = asyncio.run(asked(folder, environ, secret("by-identity")))
    assert found == {secret("by-identity"): Secret("x")}
