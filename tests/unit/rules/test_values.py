"""Rules about single values, a table for each: what fires, and what looks like it and is right."""

from __future__ import annotations

import pytest

from reconciler.domain.definition import Json, Literal
from reconciler.domain.value import Secret
from reconciler.rules import Scene, findings_of
from reconciler.rules.example import NOW, held, place
from tests.unit.value_types.specimen import OTHER_REF, REF, database, token

DIRECT = f"db.{REF}.supabase.co"
POOLER = "aws-1-us-east-1.pooler.supabase.com"
LATER, EARLIER = int(NOW.timestamp()) + 60, int(NOW.timestamp()) - 60
NEW_SECRET, NEW_PUBLIC = "sb_secret_" + "Ab1" * 7, "sb_publishable_" + "Ab1" * 7
VENDOR = "sk-" + "Ab1" * 8


def app(password: str, scheme: str = "postgresql", rest: str = "db.example.com/app") -> str:
    return f"{scheme}://app:{password}@{rest}"


def codes(
    key: str,
    text: str,
    type_name: str = "string",
    options: dict[str, Json] | None = None,
    *,
    environment: str = "production",
    literal: bool = False,
) -> set[str]:
    source = Literal(Secret(text)) if literal else None
    one = held(key, text, type_name, options=options, source=source)
    return {finding.code for finding in findings_of(Scene((place(one, environment=environment),)))}


@pytest.mark.parametrize(
    "text",
    [
        database(DIRECT),
        database(f"{DIRECT}:5432"),
        database(f"{DIRECT}:6543"),
        database(f"{DIRECT}.:5432"),
        database(DIRECT.upper()),
        database(f"a.example.com,{DIRECT}"),
        database("a.example.com") + f"?host={DIRECT}",
        f"jdbc:postgresql://{DIRECT}/postgres",
        database(DIRECT, scheme="postgresql+asyncpg"),
    ],
)
@pytest.mark.parametrize("type_name", ["postgres_url", "string", "url"])
def test_the_direct_host_is_found_however_it_is_written(text: str, type_name: str) -> None:
    assert "RC101" in codes("DB", text, type_name)


@pytest.mark.parametrize(
    "text",
    [
        *(database(), database("db.example.com"), database(f"{DIRECT}.example.com")),
        *(f"https://{DIRECT}", DIRECT, f"see postgresql://{DIRECT}", "", "\ud800"),
    ],
)
def test_other_hosts_and_texts_that_are_no_database_are_left_alone(text: str) -> None:
    assert codes("DB", text) == set()


def test_the_direct_host_is_fine_with_the_ipv4_addon() -> None:
    assert codes("DB", database(DIRECT), "postgres_url", {"ipv4_addon": True}) == set()
    assert codes("DB", database(DIRECT), "postgres_url", {"ipv4_addon": False}) == {"RC101"}


Row = tuple[str, str, str, str, dict[str, Json]]
FIRES: list[Row] = [
    ("RC104", "DB", database(f"{POOLER}:6543", user="postgres"), "postgres_url", {}),
    ("RC104", "DB", database(f"{POOLER}:6543", user="postgres.short"), "string", {}),
    ("RC105", "DB", database(f"{POOLER}:5433"), "postgres_url", {}),
    ("RC105", "DB", database(f"{POOLER}:5432"), "postgres_url", {"pool_mode": "transaction"}),
    ("RC105", "DB", database(f"{POOLER}:6543"), "postgres_url", {"pool_mode": "session"}),
    ("RC105", "DB", database(f"{POOLER}:6543"), "postgres_url", {"pool_mode": "direct"}),
    ("RC105", "DB", database(f"{DIRECT}:6543"), "postgres_url", {"pool_mode": "direct", "ipv4_addon": True}),
    ("RC105", "DB", database(DIRECT), "postgres_url", {"pool_mode": "transaction", "ipv4_addon": True}),
    ("RC106", "DB", database("aws-eu-central-1.pooler.supabase.com"), "string", {}),
    ("RC106", "DB", database("aws-0-europe.pooler.supabase.com"), "string", {}),
    ("RC106", "DB", database("aws-0-eu-central-1.pooler.supabase.co"), "postgres_url", {}),
    ("RC106", "DB", database("pooler.supabase.com"), "postgres_url", {}),
    ("RC107", "SUPABASE_ANON_KEY", token(role="service_role", ref=REF), "supabase_key", {}),
    ("RC107", "SUPABASE_ANON_KEY", NEW_SECRET, "string", {}),
    ("RC107", "SUPABASE_SERVICE_ROLE_KEY", NEW_PUBLIC, "string", {}),
    ("RC107", "SUPABASE_SERVICE_KEY", token(role="anon", ref=REF), "jwt", {}),
    ("RC107", "WHATEVER", token(role="anon", ref=REF), "supabase_key", {"role": "service_role"}),
    ("RC108", "SUPABASE_KEY", token(role="anon", ref=REF, exp=EARLIER), "supabase_key", {}),
    ("RC109", "VENDOR_TOKEN", token(sub="x", exp=EARLIER), "jwt", {}),
    ("RC110", "SUPABASE_JWT_SECRET", token(role="service_role", ref=REF), "string", {}),
    ("RC110", "SUPABASE_PUBLISHABLE_KEY", token(role="anon", ref=REF), "string", {}),
    ("RC140", "ACCOUNT", " acme", "string", {}),
    ("RC140", "ACCOUNT", "acme\u00a0", "string", {}),
    ("RC140", "ACCOUNT", "acme\r\n", "string", {}),
    ("RC141", "ACCOUNT", "'acme'", "string", {}),
    ("RC141", "ACCOUNT", "\u201cacme\u201d", "string", {}),
    ("RC142", "ACCOUNT", "ac\u200dme", "string", {}),
    ("RC142", "ACCOUNT", "\ufeffacme", "string", {}),
    ("RC142", "ACCOUNT", "acme\u202e", "string", {}),
    ("RC142", "ACCOUNT", "ac\x07me", "string", {}),
    ("RC143", "ACCOUNT", "ACCOUNT=acme", "string", {}),
    ("RC143", "ACCOUNT", "export ACCOUNT=acme", "string", {}),
    ("RC143", "DB_PORT", "DB_PORT=5432", "port", {}),
    ("RC144", "VENDOR_KEY", "••••", "string", {}),
    ("RC144", "VENDOR_KEY", "********", "string", {}),
    ("RC144", "VENDOR_KEY", "sk-****abcd", "string", {}),
    ("RC144", "ACCOUNT", "ab••••", "string", {}),
    ("RC145", "VENDOR_KEY", "abcd…", "string", {}),
    ("RC145", "VENDOR_KEY", "abcd...wxyz", "string", {}),
    *[
        ("RC146", "VENDOR_KEY", text, "string", {})
        for text in ("changeme", "CHANGE_ME", "change-this", "change_me_123")
    ],
    *[
        ("RC146", "VENDOR_KEY", text, "string", {})
        for text in ("your_api_key_here", "YOUR-API-KEY", "<your-key>", "xxx")
    ],
    *[("RC146", "VENDOR_KEY", text, "string", {}) for text in ("sk-xxxxxxxx", "TODO", "replace_me", "${VENDOR_KEY}")],
    *[
        ("RC146", "VENDOR_KEY", text, "string", {})
        for text in ("${{secrets.KEY}}", "<token>", "put_the_key", "changeit")
    ],
    ("RC146", "BILLING_URL", "<your-url>", "string", {}),
    ("RC146", "DB", app("changeme"), "postgres_url", {}),
    ("RC146", "DB", app("[YOUR-PASSWORD]"), "postgres_url", {}),
    ("RC146", "DB", app("%5BYOUR-PASSWORD%5D"), "string", {}),
    ("RC146", "DB", app("<password>"), "string", {}),
    ("RC146", "DB", app("p" * 8, rest="[PROJECT-REF].example.com/app"), "string", {}),
    *[("RC147", "DB", app(password), "string", {}) for password in ("p@ss", "p#ss", "p?ss", "p/ss", "100%", "50%zz")],
    ("RC101", "DB", database(f"db.{REF}.supabase.co:5432", "postgres", "ecto"), "postgres_url", {}),
    ("RC104", "DB", database(user="postgres", scheme="postgis"), "string", {}),
    ("RC147", "DB", app("p#ss", "ecto"), "string", {}),
    ("RC147", "REDIS", "redis://:" + "pa/ss" + "@cache.example.com:6379", "redis_url", {}),
    ("RC148", "CERT", "-----BEGIN CERTIFICATE-----\r\nabcd\r\n-----END CERTIFICATE-----\r\n", "string", {}),
    *[("RC160", "REDIS_URL", f"redis://{host}:6379", "string", {}) for host in ("localhost", "127.0.0.1", "10.1.2.3")],
    ("RC160", "DATABASE_URL", app("p" * 8, rest="192.168.1.2/app"), "postgres_url", {}),
    ("RC160", "DB_HOST", "localhost", "host", {}),
    ("RC160", "CACHE_ENDPOINT", "127.0.0.1:6379", "string", {}),
    ("RC160", "API_URL", "http://[::1]:8000", "string", {}),
    ("RC161", "API_URL", "http://api.example.com", "url", {}),
    ("RC161", "SOCKET_URL", "ws://api.example.com", "url", {}),
    ("RC162", "API_URL", "https://api-staging.example.com", "url", {}),
    ("RC162", "API_URL", "https://api.example.com/staging/v1", "url", {}),
    ("RC162", "API_URL", "https://dev.api.example.com", "url", {}),
    ("RC162", "BUCKET", "acme-uploads-staging", "string", {}),
    ("RC162", "APP_ENV", "staging", "string", {}),
    ("RC163", "NEXT_PUBLIC_KEY", VENDOR, "string", {}),
    ("RC163", "VITE_KEY", token(role="service_role", ref=REF), "string", {}),
    ("RC163", "REACT_APP_DB", app("p" * 8), "string", {}),
    ("RC163", "PUBLIC_KEY", f"-----BEGIN {'PRIVATE'} KEY-----", "string", {}),
    ("RC190", "DB", app("p" * 8, "postgres"), "postgres_url", {"driver": "psycopg2"}),
    ("RC190", "DB", app("p" * 8), "postgres_url", {"driver": "psycopg"}),
    ("RC190", "DB", app("p" * 8, "postgresql+psycopg"), "postgres_url", {"driver": "asyncpg"}),
    ("RC191", "DB", app("p" * 8, "postgresql+asyncpg") + "?sslmode=require", "postgres_url", {"driver": "asyncpg"}),
    ("RC192", "DB", database(f"{POOLER}:6543", scheme="postgresql+psycopg"), "postgres_url", {}),
]


@pytest.mark.parametrize(("code", "key", "text", "type_name", "options"), FIRES)
def test_a_rule_fires_and_no_other_about_the_same(
    code: str, key: str, text: str, type_name: str, options: dict[str, Json]
) -> None:
    found = codes(key, text, type_name, options)
    assert code in found
    # RC001 stands beside warnings only: an error says better what is wrong.
    assert found <= {code, "RC001"}


SILENT: list[Row] = [
    ("RC104", "DB", database(f"{POOLER}:6543", user="worker." + REF), "postgres_url", {}),
    ("RC104", "DB", database(f"{POOLER}:6543", user="postgres") + f"?options=reference%3D{REF}", "postgres_url", {}),
    ("RC104", "DB", database("db.example.com", user="postgres"), "postgres_url", {}),
    ("RC105", "DB", database(f"{POOLER}:6543"), "postgres_url", {"pool_mode": "transaction"}),
    ("RC105", "DB", database(POOLER), "postgres_url", {"pool_mode": "session"}),
    ("RC105", "DB", database("db.example.com:5432"), "postgres_url", {"pool_mode": "transaction"}),
    ("RC106", "DB", database("aws-0-ap-southeast-2.pooler.supabase.com"), "postgres_url", {}),
    ("RC106", "DB", database("aws-0-us-gov-west-1.pooler.supabase.com"), "postgres_url", {}),
    ("RC106", "DB", database("fly-0-bos.pooler.supabase.com"), "postgres_url", {}),
    ("RC107", "SUPABASE_KEY", token(role="service_role", ref=REF), "supabase_key", {}),
    ("RC107", "ANONYMOUS_ID_TOKEN", token(role="service_role", ref=REF), "jwt", {}),
    ("RC108", "SUPABASE_KEY", token(role="anon", ref=REF, exp=LATER), "supabase_key", {}),
    ("RC108", "SUPABASE_KEY", token(role="anon", ref=REF, exp="soon"), "string", {}),
    ("RC110", "SUPABASE_SECRET_KEY", NEW_SECRET, "string", {}),
    ("RC140", "PEM", "-----BEGIN X-----\nabcd\n-----END X-----\n", "string", {}),
    ("RC141", "CSP", "'nonce-abc'", "string", {}),
    ("RC141", "NAMES", '"a","b"', "string", {}),
    ("RC141", "NAME", '"a"', "json", {}),
    ("RC142", "COLOUR", "\x1b[31mred\x1b[0m", "string", {}),
    ("RC143", "level", "level=debug", "string", {}),
    ("RC143", "OPTIONS", "OPTIONS_EXTRA=1", "string", {}),
    ("RC144", "CRON", "* * * * *", "string", {}),
    ("RC144", "GLOB", "**/*.py", "string", {}),
    ("RC144", "SEPARATOR", "*****", "string", {}),
    ("RC144", "SEPARATOR", "•••", "string", {}),
    ("RC144", "PASSWORD_MASK", "********", "string", {}),
    *[("RC146", "QUEUE", text, "string", {}) for text in ("change_items", "changement", "replace_with_null", "<user>")],
    ("RC146", "STOP_TOKEN", "<user>", "string", {}),
    ("RC146", "SPRING_DATASOURCE_PASSWORD", "${DB_PASSWORD}", "string", {}),
    ("RC146", "JAVAX_NET_SSL_TRUSTSTOREPASSWORD", "changeit", "string", {}),
    ("RC146", "DEFAULT_STATUS", "todo", "string", {}),
    ("RC146", "EDITION", "XXX", "string", {}),
    ("RC146", "LOG_FORMAT", "${message}", "string", {}),
    ("RC106", "DB", database("supavisor-pooler.supabase.svc:6543"), "string", {}),
    ("RC145", "RANGE", "main...HEAD", "string", {}),
    ("RC145", "VENDOR_KEY", "ab.cd.ef", "string", {}),
    ("RC146", "VENDOR_KEY", "b64xxxxABCD", "string", {}),
    ("RC146", "VENDOR_KEY", "changemeister-and-sons", "string", {}),
    ("RC146", "HINT", "Enter your key here", "string", {}),
    ("RC147", "DB", app("p%40ss%25"), "string", {}),
    ("RC147", "DB", app("p" * 8) + "?application_name=a@b", "string", {}),
    ("RC147", "PACKAGE", "https://cdn.example.com/npm/thing@1.2.3", "url", {}),
    ("RC147", "REDIS", "redis://cache.example.com:6379/0#a@b", "string", {}),
    ("RC160", "BIND", "127.0.0.1", "host", {}),
    ("RC160", "HOST", "0.0.0.0", "host", {}),  # noqa: S104 — where it listens
    ("RC160", "NOTE", "localhost", "string", {}),
    ("RC161", "API_URL", "http://api:10000", "url", {}),
    ("RC161", "PROXY_URL", "http://proxy.example.com:3128", "url", {}),
    ("RC162", "BUNDLE_WITHOUT", "development:staging", "string", {}),
    ("RC162", "CORS_ORIGINS", "https://staging.example.com", "string", {}),
    ("RC160", "PPROF_ADDR", "localhost:6060", "string", {}),
    ("RC161", "AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://169.254.169.254/", "string", {}),
    ("RC161", "WAREHOUSE_URL", "http://100.101.102.103:8080", "string", {}),
    ("RC162", "STAGING_API_URL", "https://api.staging.example.com", "string", {}),
    ("RC162", "NOTE", "see the staging environment", "string", {}),
    ("RC163", "NEXT_PUBLIC_KEY", token(role="anon", ref=OTHER_REF), "string", {}),
    ("RC163", "NEXT_PUBLIC_SPINNER", "sk-folding-cube-large", "string", {}),
    ("RC163", "NEXT_PUBLIC_MAPS", "AIza" + "Ab1" * 12, "string", {}),
    ("RC163", "NEXT_PUBLIC_ID", "0f8fad5b-d9cb-469f-a165-70867728950e", "uuid", {}),
    ("RC190", "DB", app("p" * 8), "postgres_url", {"driver": "psycopg2"}),
    ("RC191", "DB", app("p" * 8, "postgresql+psycopg") + "?sslmode=require", "postgres_url", {}),
    ("RC192", "DB", database(f"{POOLER}:5432", scheme="postgresql+asyncpg"), "postgres_url", {}),
    ("RC192", "DB", database("db.example.com:6543", scheme="postgresql+asyncpg"), "postgres_url", {}),
]


@pytest.mark.parametrize(("code", "key", "text", "type_name", "options"), SILENT)
def test_what_only_looks_like_it_is_left_alone(
    code: str, key: str, text: str, type_name: str, options: dict[str, Json]
) -> None:
    assert codes(key, text, type_name, options) == set(), code


def test_rules_are_milder_where_an_environment_is_for_trying() -> None:
    for key, text in (
        ("REDIS_URL", "redis://localhost"),
        ("API_URL", "http://api.example.com"),
        ("APP_KEY", "changeme"),
    ):
        assert codes(key, text, environment="production") != set()
        assert codes(key, text, environment="development") == set()
    assert codes("NODE_ENV", "production", environment="staging") == set()
    assert codes("API_URL", "https://api-production.example.com", environment="staging") == {"RC162"}


def test_what_stands_in_the_file_is_everybodys() -> None:
    for text in (VENDOR, app("p" * 8), token(role="service_role", ref=REF), f"-----BEGIN {'RSA PRIVATE'} KEY-----"):
        assert codes("IT", text, literal=True) == {"RC165"}
        assert codes("IT", text) == set()
    for text in (NEW_PUBLIC, token(role="anon", ref=REF), "info", "0f8fad5b-d9cb-469f-a165-70867728950e", "b" * 40):
        assert codes("IT", text, literal=True) == set()


def test_spaces_that_a_literal_has_are_meant_but_not_its_last_line_end() -> None:
    assert codes("PROMPT", "Answer: ", literal=True) == set()
    assert codes("ACCOUNT", "acme\n", literal=True) == {"RC140"}
