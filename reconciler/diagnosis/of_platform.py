"""Hypotheses about what is no value: suspended, out of memory, no port, a failed build, a new commit, no sign known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.diagnosis.kind import Kind, confidence, listed, told
from reconciler.diagnosis.standing import LOOP, crashes_since
from reconciler.domain.deploy import DeployStatus
from reconciler.domain.diagnosis import Confidence, Hypothesis, Standing, Symptom
from reconciler.domain.event import EventType, FailureReason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.diagnosis.case import Case

WORDS = {
    Symptom.NETWORK_UNREACHABLE: "the program reaches no network at the address of something it needs",
    Symptom.CONNECTION_REFUSED: "nothing listens at the address of something the program needs",
    Symptom.NAME_RESOLUTION: "the host name of something the program needs is not known",
    Symptom.AUTHENTICATION: "something that the program needs refuses its credentials",
    Symptom.MISSING_KEY: "the program lacks something it requires",
    Symptom.WRONG_TYPE: "the program cannot make sense of a value",
    Symptom.PORT_NOT_BOUND: "the program listens on no port that Render can see",
    Symptom.OUT_OF_MEMORY: "the program needs more memory than its instance has",
    Symptom.CRASH: "the program ends by itself",
    Symptom.DECLARED_FATAL: "the program logged what services.yaml calls fatal",
}
"""What each symptom means, where nothing else accounts for it."""

ADVICE = {
    Symptom.NETWORK_UNREACHABLE: "find out which host the program connects to; Render reaches IPv4 addresses only",
    Symptom.CONNECTION_REFUSED: "find out which host and port the program connects to, and whether something listens",
    Symptom.NAME_RESOLUTION: "compare the host names in the service's variables with those of the vendors",
    Symptom.AUTHENTICATION: "make sure at the vendor that the key or password is still valid; it may have been rotated",
    Symptom.MISSING_KEY: "find in the service's code what it requires, and declare it in services.yaml",
    Symptom.WRONG_TYPE: "give the variables types in services.yaml, so that a wrong shape is found and named",
    Symptom.DECLARED_FATAL: "read the service's log around that time",
    Symptom.CRASH: "read the service's log around that time",
}


def suspended(case: Case) -> Iterator[Hypothesis]:
    """Look whether the service is suspended."""
    if case.standing is Standing.SUSPENDED:
        since = next((each for each in case.events or () if each.type is EventType.SERVICE_SUSPENDED), None)
        when = f" since {since.at:%Y-%m-%d %H:%M:%S} UTC" if since else ""
        yield Hypothesis(
            "suspended",
            "the service is suspended",
            Confidence.SHOWN,
            (f"Render says that it is suspended{when}",),
            "resume it in Render's dashboard; check the workspace's payment if nobody suspended it",
        )


def out_of_memory(case: Case) -> Iterator[Hypothesis]:
    """Look for instances that were ended because they used too much memory."""
    events = [each for each in case.events or () if each.reason is FailureReason.OUT_OF_MEMORY]
    logged = case.seen(Symptom.OUT_OF_MEMORY)
    if not events and not logged:
        return
    evidence = [told(each) for each in logged]
    if events:
        evidence.append(f"Render noted it {len(events):,} times, last at {events[0].at:%Y-%m-%d %H:%M:%S} UTC")
    yield Hypothesis(
        "out-of-memory",
        WORDS[Symptom.OUT_OF_MEMORY],
        Confidence.SHOWN if events else confidence(case, is_shown=True),
        tuple(evidence),
        "choose a larger instance type, or fewer workers (WEB_CONCURRENCY), and look for what keeps memory",
        accounts_for=(Symptom.OUT_OF_MEMORY,),
    )


def port_not_bound(case: Case) -> Iterator[Hypothesis]:
    """Look whether Render waits for the service to listen."""
    logged = case.seen(Symptom.PORT_NOT_BOUND)
    if not logged:
        return
    evidence = [told(each) for each in logged]
    port = "PORT" in case.effective
    if port:
        evidence.append("PORT is set on the service, which replaces Render's own")
    yield Hypothesis(
        "port-not-bound",
        WORDS[Symptom.PORT_NOT_BOUND],
        confidence(case, is_shown=True),
        tuple(evidence),
        "listen on 0.0.0.0 at the port in the variable PORT"
        + ("; take PORT out of the service's variables unless it is that port" if port else "")
        + "; a service that gets no traffic is a background worker",
        accounts_for=(Symptom.PORT_NOT_BOUND,),
    )


def failed_before_start(case: Case) -> Iterator[Hypothesis]:
    """Look for a build or a pre-deploy command that failed."""
    newest = next((each for each in case.deploys or () if each.status.has_ended), None)
    words = {
        DeployStatus.BUILD_FAILED: "the build failed, so the new program was never started",
        DeployStatus.PRE_DEPLOY_FAILED: "the pre-deploy command failed, so the new program was never started",
    }
    if newest is None or newest.status not in words:
        return
    pulled = any(each.type is EventType.IMAGE_PULL_FAILED for each in case.events or ())
    minutes = any(each.type is EventType.PIPELINE_MINUTES_EXHAUSTED for each in case.events or ())
    evidence = [
        f"deploy {newest.id} ended as {newest.status} at {newest.finished_at or newest.created_at:%H:%M:%S} UTC"
    ]
    evidence += ["Render could not pull the image"] if pulled else []
    evidence += ["the workspace's pipeline minutes are used up"] if minutes else []
    yield Hypothesis(
        "failed-before-start",
        words[newest.status],
        Confidence.SHOWN,
        tuple(evidence),
        "read the log of that deploy in Render's dashboard; what ran before goes on running",
    )


def new_commit(case: Case) -> Iterator[Hypothesis]:
    """Look whether the failure began with a deploy of new code."""
    first = next((each for each in case.deploys or () if each.id == case.story.first_failed), None)
    if first is None or not case.story.is_first_known or first.trigger != "new_commit":
        return
    yield Hypothesis(
        "new-commit",
        f"it began with deploy {first.id}, which a new commit triggered",
        Confidence.POSSIBLE,
        (f"deploy {case.story.last_good} before it had been live",),
        "compare the commits of the two deploys; Render's dashboard rolls back to the older one",
    )


def crash_loop(case: Case) -> Iterator[Hypothesis]:
    """Look for a program that ends, once or again and again."""
    newest = next((each for each in case.deploys or () if each.status.may_run), None)
    crashes = crashes_since(newest, case.events, case.now) if newest else ()
    if not crashes:
        return
    is_loop = len(crashes) >= LOOP
    statuses = sorted({each.exit_status for each in crashes if each.exit_status is not None})
    said = f", with exit status {listed(map(str, statuses))}" if statuses else ""
    number = "one crash" if len(crashes) == 1 else f"{len(crashes):,} crashes"
    yield Hypothesis(
        "crash-loop" if is_loop else "crashes",
        "the program starts, ends and is started again" if is_loop else "the program ended by itself of late",
        Confidence.POSSIBLE,
        (f"{number} in the last hour{said}, the last at {crashes[0].at:%Y-%m-%d %H:%M:%S} UTC",),
        "read what it logs before it ends",
    )


def failed_run(case: Case) -> Iterator[Hypothesis]:
    """Look how the newest run of a cron job ended."""
    newest = next((each for each in case.events or () if each.type is EventType.CRON_JOB_RUN_ENDED), None)
    if newest is not None and newest.status == "failed":
        yield Hypothesis(
            "failed-run",
            "the newest run of the cron job failed",
            Confidence.POSSIBLE,
            (f"it ended at {newest.at:%Y-%m-%d %H:%M:%S} UTC",),
            "read what it logged",
        )


def health_path(case: Case) -> Iterator[Hypothesis]:
    """Look what the health path answered."""
    if case.complaint is not None:
        yield Hypothesis(
            "health-path",
            "the health path does not answer as a healthy service does",
            Confidence.POSSIBLE,
            (case.complaint,),
            "read what the service logs when it is asked",
        )


def unexplained(case: Case, explained: frozenset[Symptom]) -> Iterator[Hypothesis]:
    """Tell symptoms that no hypothesis accounts for: what they come from is not known."""
    for sighting in case.sightings or ():
        if sighting.symptom in explained or sighting.symptom not in ADVICE:
            continue
        about = f", naming {listed(sighting.names)}" if sighting.names else ""
        yield Hypothesis(
            f"unexplained-{sighting.symptom.replace('_', '-')}",
            f"{WORDS[sighting.symptom]}; nothing that was read says which value, if any, is the cause",
            Confidence.POSSIBLE,
            (f"{told(sighting)}{about}",),
            ADVICE[sighting.symptom],
        )


KINDS = (
    Kind("suspended", 100, "nothing else matters while the service is suspended", suspended),
    Kind("failed-before-start", 98, "the program never ran, so no log of it is about this deploy", failed_before_start),
    Kind("out-of-memory", 92, "Render itself says so", out_of_memory),
    Kind("port-not-bound", 70, "it may follow from a crash that has another cause", port_not_bound),
    Kind("failed-run", 35, "a symptom rather than a cause", failed_run),
    Kind("crash-loop", 30, "a symptom rather than a cause", crash_loop),
    Kind("health-path", 25, "a symptom rather than a cause", health_path),
    Kind("new-commit", 20, "said after what can be shown: most failing deploys come with a commit", new_commit),
)
