"""Past runs as JSON: `docs/cli.md` describes the members; fingerprints, never values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import AwareDatetime

from reconciler.domain.change import Action
from reconciler.domain.journal import DeployState, RunResult
from reconciler.domain.outcome import DeployResult
from reconciler.domain.plan import PlanKind
from reconciler.domain.state import DeployMode
from reconciler.planning.plan_document import Document
from reconciler.planning.plan_file import escaped_json
from reconciler.planning.undoing import keeps_previous
from reconciler.workflows.history import WriteStanding, write_standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.domain.journal import RunHistory
    from reconciler.workflows.history import PastRun

FORMAT_VERSION = "1.0"


class WritesDocument(Document):
    """How many of a run's writes ended in which way."""

    done: int
    perhaps_done: int
    not_done: int
    never_attempted: int


class RunDocument(Document):
    """One run."""

    run: int
    kind: PlanKind
    undoes: int | None
    plan_id: str
    digest: str
    key_id: str
    environments: list[str]
    applied_by: str
    approved_by: list[str]
    started_at: AwareDatetime
    finished_at: AwareDatetime | None
    result: RunResult | None
    unfinished: Literal["killed", "going_on"] | None
    writes: WritesDocument
    previous_values_kept: bool


class RunsDocument(Document):
    """What `reconcile history --format json` prints."""

    format_version: str
    runs: list[RunDocument]


class WriteDocument(Document):
    """One write of a run; `null` where there was nothing, or where the run never came to it."""

    address: str
    target_id: str
    action: Action
    standing: WriteStanding
    detail: str | None
    before: str | None
    after: str | None
    previous_value_kept: bool
    intended_at: AwareDatetime | None
    settled_at: AwareDatetime | None


class RunDeployDocument(Document):
    """The deploy that a run owed a service."""

    address: str
    target_id: str
    mode: DeployMode
    left_out: bool
    state: DeployState
    deploy_id: str | None
    result: DeployResult | None
    detail: str | None
    requested_at: AwareDatetime | None
    settled_at: AwareDatetime | None


class PastRunDocument(RunDocument):
    """What `reconcile history RUN --format json` prints."""

    format_version: str
    steps: list[WriteDocument]
    deploys: list[RunDeployDocument]


def runs_json(runs: Sequence[PastRun]) -> str:
    """Return the JSON text of several runs."""
    document = RunsDocument.model_validate({"format_version": FORMAT_VERSION, "runs": [_run(run) for run in runs]})
    return escaped_json(document.model_dump_json(indent=2))


def run_json(run: PastRun) -> str:
    """Return the JSON text of all that is known of one run."""
    document = PastRunDocument.model_validate(
        {
            **_run(run),
            "format_version": FORMAT_VERSION,
            "steps": _writes(run.history),
            "deploys": [
                {
                    "address": str(deploy.owner),
                    "left_out": deploy.is_left_out,
                    **{name: getattr(deploy, name) for name in deploy.__slots__},
                }
                for deploy in run.history.deploys
            ],
        }
    )
    return escaped_json(document.model_dump_json(indent=2))


def _run(run: PastRun) -> dict[str, object]:
    record = run.history.run
    unfinished = "going_on" if run.holder is not None else "killed"
    return {
        **{name: getattr(record, name) for name in record.__slots__},
        "run": record.id,
        "unfinished": unfinished if record.is_unfinished else None,
        "writes": {standing.value: run.count(standing) for standing in WriteStanding},
        "previous_values_kept": keeps_previous(run.history),
    }


def _writes(history: RunHistory) -> list[dict[str, object]]:
    intended = [
        {
            **{name: getattr(step, name) for name in step.__slots__},
            "address": str(step.address),
            "standing": write_standing(step),
            "previous_value_kept": step.previous is not None,
        }
        for step in history.steps
    ]
    never = [
        {
            **dict.fromkeys(("detail", "before", "after", "intended_at", "settled_at")),
            "address": str(write.address),
            "target_id": write.target_id,
            "action": write.action,
            "standing": WriteStanding.NEVER_ATTEMPTED,
            "previous_value_kept": False,
        }
        for write in history.unattempted
    ]
    return [*intended, *never]
