"""Rules about whole services and several environments, what is allowed, and permissions that nothing needs."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from reconciler.domain.address import Kind, Owner
from reconciler.domain.definition import Absent, FromVariable, Literal, SecretRef
from reconciler.domain.finding import Severity
from reconciler.domain.state import ServiceType
from reconciler.domain.value import Secret
from reconciler.rules import Held, Place, Rendered, Scene, findings_of
from reconciler.rules.example import held, place
from reconciler.rules.likeness import alike
from tests.unit.value_types.specimen import OTHER_REF, REF, database, token

RANDOM = secrets.token_hex(20)
VENDOR = "ak-" + "Ab1" * 8


def codes(*places: Place, is_whole: bool = False) -> list[str]:
    return [finding.code for finding in findings_of(Scene(places, is_whole=is_whole))]


def rendered(*keys: str, kind: ServiceType = ServiceType.WEB_SERVICE, made: datetime | None = None) -> Rendered:
    return Rendered(frozenset(keys), kind, "oregon", made)


def named(service: str, environment: str, *holdings: Held) -> Place:
    return replace(place(*holdings, environment=environment), owner=Owner(environment, service=service))


@pytest.mark.parametrize(
    ("type_name", "text"),
    [
        ("supabase_key", token(role="anon", ref=OTHER_REF)),
        ("postgres_url", database(user=f"postgres.{OTHER_REF}")),
    ],
)
def test_values_that_belong_together_must_be_of_one_project(type_name: str, text: str) -> None:
    it = held("IT", text, type_name, options={"same_project_as": "URL"})
    assert codes(place(held("URL", f"https://{REF}.supabase.co"), it)) == ["RC102"]
    assert codes(place(held("URL", f"https://{OTHER_REF}.supabase.co"), it)) == []
    assert codes(place(held("URL", f"https://{REF}.supabase.co"), held("IT", text, type_name))) == ["RC103"]


def test_projects_are_not_compared_where_one_is_not_known() -> None:
    it = held("IT", token(role="anon", ref=REF), "supabase_key", options={"same_project_as": "URL"})
    assert codes(place(held("URL", None), it)) == []
    assert codes(place(it)) == []
    assert codes(place(held("URL", "https://data.acme.test"), it)) == [], "a custom domain tells no project"
    new = held("IT", "sb_secret_" + "Ab1" * 7, "supabase_key", options={"same_project_as": "URL"})
    assert codes(place(held("URL", f"https://{REF}.supabase.co"), new)) == [], "new keys tell no project"


def test_what_render_gives_a_meaning() -> None:
    port, count = held("PORT", "10000"), held("WEB_CONCURRENCY", "4")
    assert codes(place(port, rendered=rendered("PORT", kind=ServiceType.BACKGROUND_WORKER))) == ["RC121"]
    assert codes(place(port, rendered=rendered("PORT", kind=ServiceType.CRON_JOB))) == ["RC121"]
    assert codes(place(port, rendered=rendered("PORT", kind=ServiceType.PRIVATE_SERVICE))) == []
    assert codes(place(port)) == [], "nobody has asked Render"
    for made, expected in ((datetime(2025, 12, 7, tzinfo=UTC), []), (datetime(2025, 12, 8, tzinfo=UTC), ["RC128"])):
        assert codes(place(count, rendered=rendered("WEB_CONCURRENCY", made=made))) == expected


def test_databases_are_compared_with_what_was_listed() -> None:
    url = held("DATABASE_URL", database("dpg-d0example0example000-a", "app"))
    there = rendered("DATABASE_URL")
    listed: dict[str, str | None] = {"dpg-d0example0example000-a": "oregon"}
    assert codes(place(url, rendered=there, datastores={"dpg-": listed})) == []
    assert codes(place(url, rendered=there, datastores={"dpg-": dict.fromkeys(listed, "frankfurt")})) == ["RC123"]
    assert codes(place(url, rendered=there, datastores={"dpg-": {}})) == ["RC123"], "no such database in the workspace"
    assert codes(place(url, rendered=there, datastores={"red-": {}})) == [], "databases were not listed"


def test_groups_and_services_that_have_a_name_twice() -> None:
    def group(name: str, *keys: str) -> Place:
        return place(*(held(key, "x") for key in keys), group=name)

    def linked(*holdings: Held, groups: tuple[Place, ...]) -> list[str]:
        return codes(place(*holdings, groups=groups))

    assert linked(held("A", "1"), groups=(group("one", "A"),)) == ["RC125"]
    assert linked(held("A", "1"), groups=(group("one", "B"),)) == []
    assert linked(groups=(group("one", "A"), group("two", "A"))) == ["RC126"]
    assert linked(held("A", "1"), groups=(group("one", "A"), group("two", "A"))) == ["RC125", "RC125"]
    gone = held("A", None, source=Absent())
    assert linked(gone, groups=(group("one", "A"),)) == []
    live = replace(group("two"), rendered=Rendered(frozenset({"A"})))
    assert linked(groups=(group("one", "A"), live)) == ["RC126"], "undeclared variables of groups count"


def test_a_secret_that_two_environments_share_is_told_once() -> None:
    both = [named(name, where, held("K", VENDOR, "api_key")) for where in ("staging", "production") for name in "ab"]
    (found,) = findings_of(Scene(tuple(both)))
    assert (found.code, str(found.address)) == ("RC164", "production/a/K")
    assert found.message == "the same secret as staging/a/K and 2 more"
    assert codes(*both[:2]) == [], "within one environment it is meant"


@pytest.mark.parametrize(
    "one", [held("DB_PASSWORD", RANDOM), held("OPENAI", "sk-" + RANDOM), held("SESSION_SECRET", RANDOM)]
)
def test_what_its_name_or_its_shape_makes_a_secret_may_not(one: Held) -> None:
    assert codes(named("a", "staging", one), named("a", "production", one)) == ["RC164"]


@pytest.mark.parametrize(
    "one",
    [
        held("K", VENDOR, "api_key", shared=True),
        held("K", "info"),
        held("K", "https://api.example.com"),
        held("CLIENT_ID", "Ab1" * 8),
        held("NEXT_PUBLIC_KEY", "pk-" + "Ab1" * 8),
        held("STRIPE_PRICE_MONTHLY", "price_" + RANDOM),
        held("STRIPE_KEY", "pk_" + "live_" + RANDOM),
        held("GIT_COMMIT", "0123456789abcdef" * 2),
        held("AZURE_TENANT", "0f8fad5b-d9cb-469f-a165-70867728950e"),
        held("JWT_PUBLIC_KEY", "-----BEGIN PUBLIC KEY-----\n" + RANDOM),
        held("RECAPTCHA_SITE_KEY", "6L" + RANDOM),
        held("K", VENDOR, "api_key", sensitive=False),
        held("K", VENDOR, "api_key", source=FromVariable("api", "K")),
    ],
)
def test_what_is_no_secret_or_meant_may_be_the_same(one: Held) -> None:
    assert codes(named("a", "staging", one), named("a", "production", one)) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("DATABASE_URL", "database_url"),
        ("OPENAI_API_KEY", "OPENAI_APIKEY"),
        ("OPENAI-API-KEY", "OPENAI_API_KEY"),
        ("DATABASE_URL", "DATABSE_URL"),
        ("SUPABASE_URL", "SUPABASE_URI"),
        ("DOCUMENT_ENCRYPTION_KEY", "DOCUMENT_ENCYRPTION_KEY"),
        ("LLAMAPARSE_API_KEY", "LLAMA_PARSE_API_KEY"),
    ],
)
def test_names_that_look_alike(one: str, other: str) -> None:
    assert alike(one, other)
    missing = place(held(one, None), rendered=rendered(other))
    assert codes(missing) == ["RC180"]
    assert codes(place(held(one, None), held(other, "x"), rendered=rendered(other))) == ["RC181"]
    assert codes(place(held(one, "x"), rendered=rendered(one, other))) == [], "it is there, and the other is ignored"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("RETRY_MIN", "RETRY_MAX"),
        ("API_KEY_1", "API_KEY_2"),
        ("DB_HOST", "DB_PORT"),
        ("ALLOWED_HOST", "ALLOWED_HOSTS"),
        ("SMTP_USER", "IMAP_USER"),
        ("SUPABASE_ANON_KEY", "SUPABASE_SERVICE_ROLE_KEY"),
        ("INPUT_DIR", "OUTPUT_DIR"),
        ("READ_TIMEOUT", "WRITE_TIMEOUT"),
        ("S3_BUCKET", "GCS_BUCKET"),
        ("PATCH_SIZE", "BATCH_SIZE"),
        ("LOGO_LIGHT", "LOGO_RIGHT"),
        ("_", "-"),
    ],
)
def test_names_that_are_two(one: str, other: str) -> None:
    assert not alike(one, other)
    assert codes(place(held(one, None), rendered=rendered(other))) == []
    assert codes(place(held(one, "x"), held(other, "y"))) == []


def test_two_names_of_one_value_are_meant() -> None:
    def pair(one: Held, other: Held) -> list[str]:
        return codes(place(one, other))

    same = SecretRef("env", "URL")
    assert pair(held("MONGO_URL", "x", source=same), held("MONGO_URI", "x", source=same)) == []
    literal = Literal(Secret("x"))
    assert pair(held("MONGO_URL", "x", source=literal), held("MONGO_URI", "x", source=Literal(Secret("x")))) == []
    assert pair(held("MONGO_URL", "x", source=same), held("MONGO_URI", "y", source=SecretRef("env", "U"))) == ["RC181"]
    assert pair(held("http_proxy", "x"), held("HTTP_PROXY", "y")) == []


def test_a_rule_that_is_allowed_somewhere_is_silent_there_only() -> None:
    text = "redis://localhost"
    allowed = held("ONE", text, allow={"RC160": "a sidecar"}, line=1)
    assert codes(place(allowed, held("OTHER", text, line=2)), is_whole=True) == ["RC160"]
    wrong = held("ONE", "word", "port", allow={"RC001": "read by hand"})
    assert codes(place(wrong), is_whole=True) == []


def test_rc001_comes_back_where_what_explains_it_is_allowed() -> None:
    text = "DB_PORT=5432"
    assert codes(place(held("DB_PORT", text, "port"))) == ["RC143"]
    assert codes(place(held("DB_PORT", text, "port", allow={"RC143": "why"}))) == ["RC001"]


def test_a_permission_that_nothing_needs_is_told_where_all_was_seen() -> None:
    used = held("ONE", "redis://localhost", allow={"RC160": "why"}, line=1)
    stale = held("ONE", "redis://cache.example.com", allow={"RC160": "why"}, line=1)
    assert codes(place(stale), is_whole=True) == ["RC030"]
    assert codes(place(stale)) == [], "a part of the file cannot tell"
    assert codes(place(stale), named("other", "production", used), is_whole=True) == [], "one definition, needed once"
    assert codes(place(held("ONE", None, allow={"RC160": "why"})), is_whole=True) == [], "its value is not known"
    render = held("PORT", "1", allow={"RC121": "why"})
    assert codes(place(render), is_whole=True) == [], "nobody has asked Render"
    assert codes(place(render, rendered=rendered("PORT")), is_whole=True) == ["RC030"]
    (found,) = findings_of(Scene((place(stale),), is_whole=True))
    assert found.severity is Severity.WARNING
    assert found.message == "allows RC160 (local-address), which finds nothing here"


def test_an_expired_token_needs_a_moment() -> None:
    one = held("TOKEN", token(sub="x", exp=1), "jwt")
    assert codes(place(one)) == ["RC109"]
    timeless = place(one)
    assert codes(replace(timeless, setting=replace(timeless.setting, moment=None))) == []


def test_a_file_may_hold_what_a_variable_may_not() -> None:
    text = '"a"\n'
    assert codes(place(held("name.txt", text, kind=Kind.SECRET_FILE))) == []
    assert codes(place(held("NAME", text))) == ["RC140"]


def test_findings_come_by_address_and_say_where_and_what_to_do() -> None:
    found = findings_of(Scene((place(held("B", "x", "port"), held("A", "y", "port")),)))
    assert [str(finding.address) for finding in found] == ["production/worker/A", "production/worker/B"]
    assert all(finding.location and finding.fix for finding in found)
