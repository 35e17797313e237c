"""One file that says everything the language can say, and what it means in each environment."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.config import load
from reconciler.domain.address import Owner
from reconciler.domain.definition import (
    Absent,
    Definition,
    External,
    FromKeyValue,
    FromPostgres,
    FromService,
    FromVariable,
    Generate,
    Literal,
    SecretRef,
    TypeSpec,
)
from reconciler.domain.state import (
    Approvers,
    DeployMode,
    DeployPolicy,
    DesiredGroup,
    DesiredService,
    DesiredState,
    Environment,
    EnvironmentKind,
    Health,
    LogPattern,
)
from reconciler.domain.value import Secret
from reconciler.errors import Location

if TYPE_CHECKING:
    from reconciler.domain.definition import Source

FILE = Path(__file__).with_name("services.yaml")
LINES = FILE.read_text(encoding="utf-8").splitlines()
STAGING_URL, PRODUCTION_URL = "https://abcdefghijklmnopqrst.supabase.co", "https://zyxwvutsrqponmlkjihg.supabase.co"
URLS = {"staging": STAGING_URL, "production": PRODUCTION_URL, "preview": PRODUCTION_URL}


@pytest.fixture(scope="module")
def desired() -> DesiredState:
    return load(FILE)


def at(text: str, *, after: str = "") -> Location:
    """Where a line that starts with a text stands, after another line."""
    start = LINES.index(after) if after else 0
    (line, *_) = (number for number in range(start, len(LINES)) if LINES[number].strip().startswith(text))
    return Location(str(FILE), line + 1, len(LINES[line]) - len(LINES[line].lstrip()) + 1)


def text(value: str) -> Literal:
    return Literal(Secret(value))


def in_api(key: str, source: Source, type_: TypeSpec | None = None, **said: object) -> Definition:
    return Definition(key, source, at(f"{key}:", after="  api:"), type_ or TypeSpec(), **said)  # type: ignore[arg-type]


def in_worker(key: str, source: Source, type_: TypeSpec | None = None, **said: object) -> Definition:
    return Definition(key, source, at(f"{key}:", after="  worker:"), type_ or TypeSpec(), **said)  # type: ignore[arg-type]


def shared(key: str, source: Source, type_: TypeSpec, **said: object) -> Definition:
    place = at(f"{key}:", after="variables:")
    return Definition(key, source, place, type_, is_shared=True, **said)  # type: ignore[arg-type]


def test_the_environments(desired: DesiredState) -> None:
    assert desired.environments == {
        "staging": Environment("staging", EnvironmentKind.STAGING, at("staging:")),
        "production": Environment(
            "production",
            EnvironmentKind.PRODUCTION,
            at("production:"),
            workspace="tea-d1example0example0ex",
            api_key="KEY_OF_PRODUCTION",
            protected=True,
            approvals=2,
            allow_self_approval=True,
            approval_ttl=timedelta(minutes=90),
        ),
        "preview": Environment("preview", EnvironmentKind.DEVELOPMENT, at("preview:"), workspace="Previews"),
    }
    assert desired.approvers == Approvers(".reconcile/allowed_signers", ("octocat",))
    assert desired.file == str(FILE)


def test_who_exists_where(desired: DesiredState) -> None:
    assert {(str(owner), service.target) for owner, service in desired.services.items()} == {
        ("staging/api", "api-staging"),
        ("production/api", "srv-c0example0example00"),
        ("staging/worker", "worker-staging"),
        ("production/worker", "worker-production"),
        ("preview/worker", "worker-preview"),
    }
    assert {(str(owner), group.target) for owner, group in desired.groups.items()} == {
        ("staging/groups/observability", "observability-staging"),
        ("production/groups/observability", "evg-c0example0example00"),
    }


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_a_service_of_shared_definitions(desired: DesiredState, environment: str) -> None:
    owner = Owner(environment, service="api")
    definitions = [
        shared(
            "PROJECT_URL",
            text(URLS[environment]),
            TypeSpec("supabase_url"),
            sensitive=False,
            shared=True,
            description="Base URL of the project",
        ),
        shared(
            "SERVICE_KEY",
            SecretRef("vault", f"kv/navigator/{environment}", pointer="/key"),
            TypeSpec("supabase_key", {"role": "service_role", "same_project_as": "PROJECT_URL"}),
        ),
        shared(
            "SESSION_KEY", Generate(48, "urlsafe", "SESSION_KEY"), TypeSpec(), rotation_destructive=True, shared=True
        ),
        shared("MODE", text("no"), TypeSpec("enum", {"values": ["no", "1.10", "fast"]}), sensitive=False),
        in_api("LOG_LEVEL", text("debug"), sensitive=False),
        in_api("VERSION", text("1.10"), sensitive=False),
        in_api("NEXT_PUBLIC_SITE", text("https://www.example.com"), sensitive=False, build_time=True),
        in_api("BUILD_FLAG", text("yes"), sensitive=False, build_time=True, description="For the compiler"),
        in_api("PUBLIC_NOTE", text("hidden"), sensitive=True),
        in_api(
            "DIRECT",
            text("postgresql://postgres@db.abcdefghijklmnopqrst.supabase.co:5432/postgres"),
            TypeSpec("postgres_url"),
            allow={"RC101": "reached by a private link"},
        ),
    ]
    assert desired.services[owner] == DesiredService(
        owner,
        {"staging": "api-staging", "production": "srv-c0example0example00"}[environment],
        at("api:"),
        {definition.key: definition for definition in definitions},
        read_only=environment == "production",
        health=Health(path="/health"),
    )


@pytest.mark.parametrize("environment", ["staging", "production", "preview"])
def test_a_service_of_definitions_of_its_own(desired: DesiredState, environment: str) -> None:
    owner = Owner(environment, service="worker")
    parameters = (("region", "eu-central-1"), ("version", "2"))
    definitions = [
        in_worker(
            "SERVICE_KEY",
            SecretRef("awsssm", f"{environment}/worker/key", parameters),
            TypeSpec("supabase_key", {"role": "anon", "same_project_as": "PROJECT_URL"}),
        ),
        in_worker(
            "PROJECT_URL",
            text("https://www.example.com"),
            TypeSpec("https_url"),
            sensitive=False,
            shared=True,
            description="Base URL of the project",
        ),
        in_worker("DATABASE", FromPostgres("main", "internal_connection_string")),
        in_worker("CACHE", FromKeyValue("cache", "host")),
        in_worker("VENDOR_KEY", External(), TypeSpec("api_key", {"prefix": "vendor-"})),
        in_worker("OLD_FLAG", Absent()),
        in_worker("GREETING", text('Good morning,\n"world"\n'), sensitive=False),
    ]
    if environment == "staging":
        definitions.append(in_worker("API_HOST", FromService("api", "hostport")))
        definitions.append(in_worker("API_LEVEL", FromVariable("api", "LOG_LEVEL")))
    if environment == "production":
        definitions.append(in_worker("API_LEVEL", FromVariable("api", "VERSION")))
        definitions.append(in_worker("TRACKER", SecretRef("env", "TRACKER"), TypeSpec("url")))
    account = SecretRef("file", f"secrets/account.{environment}.json", (("trim", "false"),))
    assert desired.services[owner] == DesiredService(
        owner,
        f"worker-{environment}",
        at("worker:"),
        {definition.key: definition for definition in definitions},
        secret_files={
            "account.json": in_worker("account.json", account, TypeSpec("json")),
            "motd": in_worker("motd", text("welcome"), sensitive=False),
        },
        env_groups=() if environment == "preview" else ("observability",),
        ignore=("DD_*", "?"),
        prune=True,
        deploy=DeployPolicy(DeployMode.DEPLOY_ONLY, ("api",), timedelta(minutes=20)),
        health=Health(
            log_ready=LogPattern("worker started"),
            log_fatal=(LogPattern("CONFIGURATION_ERROR"), LogPattern("exit code [1-9]", regex=True)),
            within=timedelta(seconds=90),
        ),
    )


def test_a_group(desired: DesiredState) -> None:
    owner = Owner("production", group="observability")
    assert desired.groups[owner] == DesiredGroup(
        owner,
        "evg-c0example0example00",
        at("observability:", after="env_groups:"),
        {
            "LOG_LEVEL": shared("LOG_LEVEL", text("info"), TypeSpec(), sensitive=False),
            "OTEL_EXPORTER_OTLP_ENDPOINT": Definition(
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                text("https://otel.example.com"),
                at("OTEL_EXPORTER_OTLP_ENDPOINT:"),
                TypeSpec("https_url"),
                sensitive=False,
            ),
        },
    )
