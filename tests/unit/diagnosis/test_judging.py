"""Hypotheses are a function of what was gathered: tables of cases, each a service with one thing wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.diagnosis import Case, Neighbour, diagnosis_of, standing_of, story_of
from reconciler.diagnosis.judging import KINDS
from reconciler.diagnosis.of_values import EXPLAINS
from reconciler.domain.address import Address, Kind, Owner
from reconciler.domain.audit import ActorType, EventKind, VariableEvent
from reconciler.domain.definition import Definition, External, Literal
from reconciler.domain.deploy import Deploy, DeployStatus
from reconciler.domain.diagnosis import Check, CheckState, Confidence, Sighting, Standing, Symptom, Verdict
from reconciler.domain.event import EventType, FailureReason, ServiceEvent
from reconciler.domain.finding import Finding, Severity
from reconciler.domain.state import (
    DesiredGroup,
    DesiredService,
    DesiredState,
    Environment,
    EnvironmentKind,
    GroupSummary,
    LiveGroup,
    ServiceSummary,
    ServiceType,
)
from reconciler.domain.value import Secret
from reconciler.errors import Location
from reconciler.rules import RULES

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
OWNER, GROUP = Owner("production", service="worker"), Owner("production", group="shared")
HERE = Location("services.yaml", 1, 1)
TARGET = ServiceSummary("srv-a", "worker", ServiceType.BACKGROUND_WORKER, "tea-a")
URL = Address(OWNER, Kind.ENV_VAR, "SERVICE_URL")
DONE = (Check("logs", CheckState.DONE, ""),)


def deploy(number: int, status: DeployStatus, trigger: str = "api") -> Deploy:
    at = NOON - timedelta(hours=10 - number)
    return Deploy(f"dep-{number}", status, at, trigger, at, at + timedelta(minutes=1))


def sign(symptom: Symptom, *names: str) -> Sighting:
    return Sighting(symptom, 3, NOON - timedelta(minutes=5), NOON, "words", names)


def crash(minutes: int, reason: FailureReason = FailureReason.EXITED) -> ServiceEvent:
    at = NOON - timedelta(minutes=minutes)
    return ServiceEvent(f"evt-{minutes}", at, EventType.SERVER_FAILED, reason=reason, exit_status=1)


def desired(*, read_only: bool = False, external: bool = False) -> DesiredState:
    source = External() if external else Literal(Secret("https://right.example.com"))
    worker = DesiredService(
        OWNER,
        "worker",
        HERE,
        {"SERVICE_URL": Definition("SERVICE_URL", source, HERE)},
        env_groups=("shared",),
        read_only=read_only,
    )
    group = DesiredGroup(GROUP, "shared", HERE, {"LEVEL": Definition("LEVEL", Literal(Secret("info")), HERE)})
    production = Environment("production", EnvironmentKind.PRODUCTION, HERE)
    return DesiredState({"production": production}, {OWNER: worker}, {GROUP: group})


def linked(*services: str) -> dict[Owner, LiveGroup]:
    links = tuple(TARGET for _ in services)
    return {GROUP: LiveGroup(GroupSummary("evg-a", "shared", "tea-a"), {"LEVEL": Secret("info")}, links)}  # type: ignore[arg-type]  # a summary has a link's id and name


HEALTHY = Case(
    desired(),
    OWNER,
    TARGET,
    NOON,
    DONE,
    deploys=(deploy(2, DeployStatus.LIVE), deploy(1, DeployStatus.DEACTIVATED)),
    events=(),
    sightings=(),
    variables={"SERVICE_URL": Secret("https://right.example.com")},
    groups=linked("srv-a"),
    wanted={URL: Secret("https://right.example.com")},
)
FAILING = replace(HEALTHY, deploys=(deploy(3, DeployStatus.UPDATE_FAILED, "new_commit"), *(HEALTHY.deploys or ())))
WRONG = replace(FAILING, variables={"SERVICE_URL": Secret("https://wrong.example.com")})
FINDING = Finding("RC160", "local-address", Severity.ERROR, "is local", URL, HERE, "fix it")
EDIT = VariableEvent(EventKind.UPDATED, "srv-a", NOON - timedelta(hours=1), ActorType.USER, "someone@example.com")

CASES = {
    "suspended": (replace(HEALTHY, summary=replace(TARGET, suspended=True)), "suspended", Confidence.SHOWN),
    "failed-before-start": (
        replace(HEALTHY, deploys=(deploy(3, DeployStatus.BUILD_FAILED),)),
        "failed-before-start",
        Confidence.SHOWN,
    ),
    "out-of-memory": (
        replace(HEALTHY, events=[crash(n, FailureReason.OUT_OF_MEMORY) for n in (1, 2, 3)]),
        "out-of-memory",
        Confidence.SHOWN,
    ),
    "one crash": (replace(HEALTHY, events=[crash(1)]), "crashes", Confidence.POSSIBLE),
    "a run of a cron job": (
        replace(HEALTHY, events=[ServiceEvent("evt-a", NOON, EventType.CRON_JOB_RUN_ENDED, status="failed")]),
        "failed-run",
        Confidence.POSSIBLE,
    ),
    "only there": (
        replace(HEALTHY, neighbour=Neighbour(OWNER, {"EXTRA_KEY": Secret("x")})),
        "only-there",
        Confidence.POSSIBLE,
    ),
    "crash-loop": (replace(HEALTHY, events=[crash(n) for n in (1, 2, 3)]), "crash-loop", Confidence.POSSIBLE),
    "wrong, and logged": (
        replace(WRONG, findings=(FINDING,), sightings=(sign(Symptom.CONNECTION_REFUSED),)),
        "wrong-value-RC160",
        Confidence.SHOWN,
    ),
    "wrong, and nothing logged": (replace(WRONG, findings=(FINDING,)), "wrong-value-RC160", Confidence.LIKELY),
    "wrong, and another thing logged": (
        replace(WRONG, findings=(replace(FINDING, code="RC107"),), sightings=(sign(Symptom.AUTHENTICATION),)),
        "wrong-value-RC107",
        Confidence.LIKELY,
    ),
    "missing": (replace(FAILING, variables={}), "missing-variables", Confidence.LIKELY),
    "missing, and logged": (
        replace(FAILING, variables={}, sightings=(sign(Symptom.MISSING_KEY, "SERVICE_URL"),)),
        "missing-variables",
        Confidence.SHOWN,
    ),
    "needed and not declared": (
        replace(FAILING, sightings=(sign(Symptom.MISSING_KEY, "OTHER_KEY"),)),
        "undeclared-need",
        Confidence.SHOWN,
    ),
    "not linked": (replace(FAILING, groups=linked()), "unlinked-group", Confidence.LIKELY),
    "differs": (WRONG, "differs-from-declared", Confidence.LIKELY),
    "set since": (
        replace(FAILING, changes=(EDIT,), sightings=(sign(Symptom.MISSING_KEY, "SERVICE_URL"),)),
        "not-in-effect",
        Confidence.SHOWN,
    ),
    "new commit": (FAILING, "new-commit", Confidence.POSSIBLE),
    "refused by nobody known": (
        replace(HEALTHY, sightings=(sign(Symptom.AUTHENTICATION),)),
        "unexplained-authentication",
        Confidence.POSSIBLE,
    ),
    "health path": (replace(HEALTHY, complaint="/health: status 503"), "health-path", Confidence.POSSIBLE),
}


@pytest.mark.parametrize("name", CASES)
def test_the_first_hypothesis(name: str) -> None:
    case, kind, confidence = CASES[name]
    hypothesis = diagnosis_of(case).hypotheses[0]
    assert (hypothesis.kind, hypothesis.confidence) == (kind, confidence)
    assert hypothesis.evidence
    assert hypothesis.fix


def test_healthy_is_only_what_was_seen_whole() -> None:
    assert diagnosis_of(HEALTHY).verdict is Verdict.HEALTHY
    unread = (*DONE, Check("events", CheckState.FAILED, "403"))
    assert diagnosis_of(replace(HEALTHY, checks=unread)).verdict is Verdict.NOT_KNOWN
    assert diagnosis_of(replace(HEALTHY, deploys=None)).verdict is Verdict.NOT_KNOWN
    assert diagnosis_of(replace(HEALTHY, deploys=())).verdict is Verdict.NOT_KNOWN


def test_what_is_only_possible_does_not_explain_a_failure() -> None:
    assert diagnosis_of(FAILING).verdict is Verdict.NOT_KNOWN
    assert diagnosis_of(WRONG).verdict is Verdict.CAUSE_LIKELY
    assert diagnosis_of(replace(WRONG, deploys=HEALTHY.deploys)).verdict is Verdict.CONSPICUOUS


def test_no_command_plans_what_reconcile_may_not_write() -> None:
    for changed in (desired(read_only=True), desired(external=True)):
        found = diagnosis_of(replace(FAILING, desired=changed, variables={}, wanted={})).hypotheses[0]
        assert found.kind == "missing-variables"
        assert found.command is None


def test_a_value_that_the_store_has_wrong_too_is_not_planned() -> None:
    same = replace(WRONG, findings=(FINDING,), wanted={URL: Secret("https://wrong.example.com")})
    found = diagnosis_of(same).hypotheses[0]
    assert found.command is None
    assert "set the right value of SERVICE_URL in the secret store" in found.fix


def test_every_kind_is_named_once_and_says_why_it_weighs_what_it_does() -> None:
    assert len({kind.name for kind in KINDS}) == len({kind.weight for kind in KINDS}) == len(KINDS)
    assert all(kind.why for kind in KINDS)
    assert EXPLAINS.keys() <= RULES.keys()


STANDINGS: dict[str, tuple[list[DeployStatus], Standing]] = {
    "live": ([DeployStatus.LIVE], Standing.RUNNING),
    "failed": ([DeployStatus.UPDATE_FAILED, DeployStatus.DEACTIVATED], Standing.FAILING),
    "canceled after live": ([DeployStatus.CANCELED, DeployStatus.LIVE], Standing.RUNNING),
    "under way after a failure": ([DeployStatus.BUILD_IN_PROGRESS, DeployStatus.UPDATE_FAILED], Standing.FAILING),
    "under way": ([DeployStatus.BUILD_IN_PROGRESS, DeployStatus.LIVE], Standing.DEPLOYING),
    "new status": ([DeployStatus.UNKNOWN], Standing.DEPLOYING),
    "never": ([], Standing.NEVER_DEPLOYED),
    "only canceled": ([DeployStatus.CANCELED], Standing.UNKNOWN),
}


@pytest.mark.parametrize("name", STANDINGS)
def test_how_a_service_stands(name: str) -> None:
    statuses, standing = STANDINGS[name]
    deploys = [deploy(9 - number, status) for number, status in enumerate(statuses)]
    assert standing_of(TARGET, deploys, (), NOON) is standing


def test_the_deploy_with_which_it_began_to_fail() -> None:
    failed = [
        deploy(5, DeployStatus.UPDATE_FAILED),
        deploy(4, DeployStatus.CANCELED),
        deploy(3, DeployStatus.BUILD_FAILED),
    ]
    story = story_of([*failed, deploy(2, DeployStatus.DEACTIVATED)])
    assert (story.first_failed, story.last_good, story.is_first_known) == ("dep-3", "dep-2", True)
    assert not story_of(failed).is_first_known
    assert story_of([deploy(2, DeployStatus.LIVE), *failed]).first_failed is None
