"""A failure told to GitHub's Actions: beside the lines that it is about, and in the step's summary."""

from __future__ import annotations

from reconciler.cli.runner import annotate, summarise
from reconciler.domain.finding import Severity
from reconciler.errors import Problem, ProblemsError, ReconcileError
from reconciler.report.step_summary import failure_summary
from reconciler.report.workflow_commands import Annotation


def report_failure(error: ReconcileError) -> None:
    """Annotate every problem of an error, and list them in the summary; nothing outside of Actions."""
    problems = error.problems if isinstance(error, ProblemsError) else [Problem(error.message)]
    remedy = f"\n{error.remedy}" if error.remedy else ""
    annotate([Annotation(Severity.ERROR, f"{problem.message}{remedy}", problem.location) for problem in problems])
    summarise(lambda: failure_summary(error))
