"""One file, many stores: planned and applied from AWS, and all failures of all stores at once, with nothing written."""

from __future__ import annotations

import json
import os
import secrets
from typing import TYPE_CHECKING

import pytest

from tests.secrets.facing import values_of_all_kinds
from tests.secrets.moto_server import REGION, Moto, running
from tests.secrets.openbao import free_port
from tests.stories.test_secrecy import forms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.stories.conftest import Project

REFERENCES = {
    "AWS_SECRET": ("awssecrets://app/{environment}#/token", "AWS cannot be reached"),
    "AWS_PARAMETER": ("awsssm://app/{environment}/pem", "AWS cannot be reached"),
    "AZURE": ("azurekeyvault://127.0.0.1:9/app-{environment}", "`127.0.0.1:9` cannot be reached"),
    "DOPPLER": ("doppler://app/{environment}/TOKEN", "Doppler cannot be reached"),
    "GOOGLE": ("gcpsecrets://acme/app-{environment}", "no Google credentials"),
    "INFISICAL": ("infisical://app/{environment}#/TOKEN", "Infisical cannot be reached"),
    "KEYRING": ("keyring://app/{environment}", "no keyring that can be used"),
    "ONE_PASSWORD": ("op://app/{environment}/token", "`op` is not installed"),
}


def contract(*names: str) -> str:
    lines = ["version: 1", "environments:", "  staging: {workspace: tea-d1example0example0ex}", "services:", "  api:"]
    lines += ["    render: api-{environment}", "    variables:"]
    return "\n".join([*lines, *(f'      {name}: {{secret: "{REFERENCES[name][0]}"}}' for name in names), ""])


@pytest.fixture(scope="module")
def moto() -> Iterator[Moto]:
    with running() as server:
        yield server


@pytest.fixture
def aws(project: Project) -> dict[str, str]:
    project.environ |= {
        "AWS_ACCESS_KEY_ID": secrets.token_hex(10),
        "AWS_SECRET_ACCESS_KEY": secrets.token_hex(20),
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return project.environ


def test_values_from_aws_are_planned_and_applied_and_shown_nowhere(
    project: Project, aws: dict[str, str], moto: Moto
) -> None:
    values = values_of_all_kinds()
    token, pem = values["shell"] + secrets.token_hex(8), values["pem"]
    moto.secrets_manager().create_secret(Name="app/staging", SecretString=json.dumps({"token": token}))
    moto.parameters().put_parameter(Name="/app/staging/pem", Value=pem, Type="SecureString")
    project.write("services.yaml", contract("AWS_SECRET", "AWS_PARAMETER"))
    project.service("api-staging", {"OTHER": "x"})
    aws["AWS_ENDPOINT_URL"] = moto.address
    aws["PYTHONASYNCIODEBUG"] = aws["PYTHONDEVMODE"] = "1"

    runs = [
        project.reconcile("plan", "-v", "-e", "staging"),
        project.reconcile("apply", "-v", "-e", "staging", "--auto-approve"),
        project.reconcile("secrets", "check", "-v"),
    ]

    assert [run.code for run in runs] == [0, 0, 0], runs[1].err
    (service,) = [each["service"] for each in project.api("GET", "/services?name=api-staging")]
    live = project.variables(service["id"])
    assert (live["AWS_SECRET"], live["AWS_PARAMETER"]) == (token, pem)
    assert "awssecrets://app/staging#/token" in runs[0].out
    for text in (token, pem, aws["AWS_SECRET_ACCESS_KEY"]):
        assert not any(form in run.out + run.err for form in forms(text) for run in runs)


def test_all_stores_that_fail_are_named_at_once_and_nothing_is_written(project: Project, aws: dict[str, str]) -> None:
    project.write("services.yaml", contract(*REFERENCES))
    project.service("api-staging", {"OTHER": "x"})
    nowhere = f"http://127.0.0.1:{free_port()}"
    aws |= {
        "AWS_ENDPOINT_URL": nowhere,
        "DOPPLER_API_HOST": nowhere,
        "DOPPLER_TOKEN": secrets.token_hex(16),
        "INFISICAL_API_URL": nowhere,
        "INFISICAL_TOKEN": secrets.token_hex(16),
        "GOOGLE_APPLICATION_CREDENTIALS": os.devnull,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    project.forget_requests()

    run = project.reconcile("apply", "-v", "-e", "staging", "--auto-approve")

    assert run.code == 1
    for name, (reference, words) in REFERENCES.items():
        (line,) = [line for line in run.err.splitlines() if f"staging/api/{name}: " in line]
        assert reference.format(environment="staging") in line
        assert words in line
    assert "8 problems. Nothing was changed on Render." in run.err
    assert project.writes() == []
    for name in ("AWS_SECRET_ACCESS_KEY", "DOPPLER_TOKEN", "INFISICAL_TOKEN"):
        assert not any(form in run.out + run.err for form in forms(aws[name]))
