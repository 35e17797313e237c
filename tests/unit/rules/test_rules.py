"""Rules: what they refuse, what they leave alone, and what a finding says."""

from __future__ import annotations

import pytest

from reconciler.domain.address import Address, Kind, Owner
from reconciler.domain.definition import Definition, External, Json, TypeSpec
from reconciler.domain.finding import Severity
from reconciler.domain.value import Secret
from reconciler.errors import Location
from reconciler.rules import RULES, Example, Rule, check_values
from tests.unit.value_types.specimen import OTHER_REF, REF, database, token

WORKER = Owner("production", service="upload-worker")
HERE = Location("services.yaml", 14, 7)
DIRECT = f"db.{REF}.supabase.co"
ALL = list(RULES.values())


def definition(key: str, type_name: str = "string", *, allow: str = "", **options: Json) -> Definition:
    reasons = {allow: "a reason"} if allow else {}
    return Definition(key, External(), HERE, TypeSpec(type_name, options), allow=reasons)


def codes(definitions: list[Definition], **values: str) -> list[str]:
    secrets = {key: Secret(text) for key, text in values.items()}
    by_key = {one.key: one for one in definitions}
    return [finding.code for finding in check_values(WORKER, Kind.ENV_VAR, by_key, secrets)]


def fired(rule: Rule, example: Example) -> bool:
    values = {**example.others, "KEY": example.text}
    one = Definition("KEY", External(), HERE, example.type)
    return rule.code in codes([one], **values)


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.code)
def test_a_rule_fires_on_its_example_and_not_on_the_right_one(rule: Rule) -> None:
    assert fired(rule, rule.fires)
    assert not fired(rule, rule.passes)


def test_codes_and_names_are_what_was_published() -> None:
    assert {code: rule.name for code, rule in RULES.items()} == {
        "RC001": "wrong-type",
        "RC101": "supabase-direct-host",
        "RC102": "supabase-project-mismatch",
    }


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.code)
def test_a_rule_says_why_and_what_to_do_in_a_line(rule: Rule) -> None:
    for text in (rule.reason, rule.fix, rule.source):
        assert text
        assert "\n" not in text


def test_a_finding_says_what_where_and_what_to_do_but_no_value() -> None:
    text = database(DIRECT, user="postgres")
    (finding,) = check_values(
        WORKER, Kind.ENV_VAR, {"DB": definition("DB", "postgres_url", pool_mode="transaction")}, {"DB": Secret(text)}
    )
    assert (finding.code, finding.name, finding.severity) == ("RC101", "supabase-direct-host", Severity.ERROR)
    assert finding.address == Address(WORKER, Kind.ENV_VAR, "DB")
    assert finding.location == HERE
    assert finding.fix is not None
    assert "postgres.<ref>" in finding.fix
    assert REF not in finding.message + finding.fix


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
    assert "RC101" in codes([definition("DB", type_name)], DB=text)


@pytest.mark.parametrize(
    "text",
    [
        database(),
        database("db.example.com"),
        database(f"{DIRECT}.example.com"),
        f"https://{DIRECT}",
        DIRECT,
        f"see postgresql://{DIRECT}",
        "",
        "\ud800",
    ],
)
def test_other_hosts_and_texts_that_are_no_database_are_left_alone(text: str) -> None:
    assert codes([definition("DB")], DB=text) == []


def test_the_direct_host_is_fine_with_the_ipv4_addon() -> None:
    assert codes([definition("DB", "postgres_url", ipv4_addon=True)], DB=database(DIRECT)) == []
    assert codes([definition("DB", "postgres_url", ipv4_addon=False)], DB=database(DIRECT)) == ["RC101"]


@pytest.mark.parametrize(
    ("type_name", "text"),
    [
        ("supabase_key", token(role="anon", ref=OTHER_REF)),
        ("postgres_url", database(user=f"postgres.{OTHER_REF}")),
    ],
)
def test_values_that_belong_together_must_be_of_one_project(type_name: str, text: str) -> None:
    url = definition("URL", "supabase_url")
    together = [url, definition("IT", type_name, same_project_as="URL")]
    assert codes(together, URL=f"https://{REF}.supabase.co", IT=text) == ["RC102"]
    assert codes(together, URL=f"https://{OTHER_REF}.supabase.co", IT=text) == []
    assert codes([url, definition("IT", type_name)], URL=f"https://{REF}.supabase.co", IT=text) == []


def test_projects_are_not_compared_where_one_is_not_known() -> None:
    it = definition("IT", "supabase_key", same_project_as="URL")
    url = definition("URL", "supabase_url")
    key = token(role="anon", ref=REF)
    assert codes([url, it], IT=key) == [], "the other has no value yet"
    assert codes([it], IT=key) == [], "the other is not this service's"
    assert codes([url, it], URL="https://data.acme.test", IT=key) == [], "a custom domain tells no project"
    new = "sb_secret_" + "x" * 20
    assert codes([url, it], URL=f"https://{REF}.supabase.co", IT=new) == [], "new keys tell no project"


def test_a_rule_that_is_allowed_somewhere_is_silent_there_only() -> None:
    one, other = definition("ONE", "postgres_url", allow="RC101"), definition("OTHER", "postgres_url")
    assert codes([one, other], ONE=database(DIRECT), OTHER=database(DIRECT)) == ["RC101"]
    assert codes([definition("ONE", "port", allow="RC101")], ONE="word") == ["RC001"]
    assert codes([definition("ONE", "port", allow="RC001")], ONE="word") == []


def test_values_without_a_definition_and_definitions_without_a_value_are_passed_over() -> None:
    assert codes([definition("ONE", "port")], OTHER="word") == []


def test_findings_come_in_the_order_of_their_keys() -> None:
    definitions = {key: definition(key, "port") for key in ("B", "A")}
    found = check_values(WORKER, Kind.SECRET_FILE, definitions, {"B": Secret("x"), "A": Secret("y")})
    assert [str(finding.address) for finding in found] == [
        "production/upload-worker/files/A",
        "production/upload-worker/files/B",
    ]
