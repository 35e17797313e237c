"""The words that all forms of a diagnosis share."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from reconciler.domain.diagnosis import CheckState, Standing, Verdict
from reconciler.report.inline import count

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.domain.diagnosis import Diagnosis, Symptom


def moment(at: datetime) -> str:
    """Return a time as people read it."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def verdict_line(diagnosis: Diagnosis) -> str:
    """Say in one line what the diagnosis comes to, and what was not read."""
    return " ".join([_verdict(diagnosis), *unread_lines(diagnosis)])


def _verdict(diagnosis: Diagnosis) -> str:
    number = len(diagnosis.hypotheses)
    match diagnosis.verdict:
        case Verdict.CAUSE_SHOWN:
            return "The cause is shown by what was read; the surest hypothesis comes first."
        case Verdict.CAUSE_LIKELY:
            return "A likely cause was found; nothing that was read proves it."
        case Verdict.CONSPICUOUS:
            return f"Not seen to fail; {count(number, 'thing')} found that is or may be wrong."
        case Verdict.HEALTHY:
            return "Healthy: nothing found."
        case Verdict.NOT_KNOWN if number:
            return "Not known: what was found does not prove a cause."
        case Verdict.NOT_KNOWN:
            return "Not known: nothing was found that explains it."
        case _:
            assert_never(diagnosis.verdict)


def unread_lines(diagnosis: Diagnosis) -> list[str]:
    """Say what could not be read, so that nobody takes silence for a sign."""
    failed = [check.name for check in diagnosis.checks if check.state is CheckState.FAILED]
    return [f"Incomplete: could not read {', '.join(failed)}."] if failed else []


def standing_lines(diagnosis: Diagnosis) -> list[str]:
    """Say how the service stands, and when that began."""
    story = diagnosis.story
    match diagnosis.standing:
        case Standing.RUNNING:
            return ["running: its newest deploy is live, and no crash loop was read of"]
        case Standing.CRASHING:
            return ["crashing: its newest deploy went live, and its instances end again and again"]
        case Standing.FAILING:
            since = f", at {moment(story.first_failed_at)}" if story.first_failed_at else ""
            before = (
                f"deploy {story.last_good} before it had been live"
                if story.is_first_known
                else "no deploy before it is known to have worked"
            )
            return [f"failing: it began to fail with deploy {story.first_failed}{since}; {before}"]
        case Standing.DEPLOYING:
            return ["a deploy is under way, so what is read now may be past in a moment"]
        case Standing.SUSPENDED:
            return ["suspended"]
        case Standing.NEVER_DEPLOYED:
            return ["never deployed"]
        case Standing.UNKNOWN:
            return ["how it stands is not known"]
        case _:
            assert_never(diagnosis.standing)


def symptom_word(symptom: Symptom) -> str:
    """Return a symptom as people say it."""
    return symptom.value.replace("_", " ")


CHECK_WORDS = {
    CheckState.DONE: "looked at",
    CheckState.NOT_RUN: "not run",
    CheckState.FAILED: "could not be read",
}
