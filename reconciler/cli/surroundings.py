"""What a comment says besides the plan: links, approvals, the next command, and where all of it is."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from reconciler.cli.policy import policy_of
from reconciler.config import load
from reconciler.errors import UsageError
from reconciler.report.comment import Surroundings
from reconciler.report.inline import count
from reconciler.report.markdown import code, name
from reconciler.report.page import SUMMARY_LIMIT
from reconciler.report.plan_markdown import no_link

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reconciler.cli.settings import Settings
    from reconciler.domain.plan import Plan
    from reconciler.errors import Location
    from reconciler.github import ActionsEnvironment

    Link = Callable[[Location], str | None]

GITHUB_LIMIT = 65_000
"""Bytes of a comment besides its marker; GitHub takes 65,536 characters."""
GITLAB_LIMIT = SUMMARY_LIMIT
"""Bytes of a note; GitLab takes 1,000,000 characters (docs.gitlab.com, "GitLab application limits")."""
_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_URL = re.compile(r"https?://[A-Za-z0-9._~:/-]+")
_UNITS = ((timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"), (timedelta(seconds=1), "second"))


def on_github(
    settings: Settings, plan: Plan, plan_file: Path, path: str | None, environment: ActionsEnvironment | None
) -> Surroundings:
    """Return what goes with a comment on a pull request; `path` is that of the file, from the repository's top."""
    link: Link = no_link
    run, elsewhere = None, f"`reconcile show` of the plan file {code(str(plan_file))} has all of it."
    if environment is not None:
        sha = environment.pull_request.head_sha if environment.pull_request else None
        base = f"{environment.server_url}/{environment.repository}/blob"
        link = _link_to(settings, base, sha or environment.sha or plan.commit, path)
        run = environment.run_url
        if run is not None and environment.step_summary is not None:
            elsewhere = f"All of it is in the [summary of the run]({run}), and in the plan file."
    return Surroundings(GITHUB_LIMIT, elsewhere, *_what_next(settings, plan, plan_file), run, link)


def on_gitlab(settings: Settings, plan: Plan, plan_file: Path, path: str | None) -> Surroundings:
    """Return what goes with a note on a merge request, by the variables that GitLab gives a job.

    https://docs.gitlab.com/ci/variables/predefined_variables/ describes them.
    """
    project, job = os.environ.get("CI_PROJECT_URL", ""), os.environ.get("CI_JOB_URL", "")
    sha = os.environ.get("CI_COMMIT_SHA") or plan.commit
    link = _link_to(settings, f"{project}/-/blob", sha, path) if _URL.fullmatch(project) else no_link
    run = job if _URL.fullmatch(job) else None
    elsewhere = f"`reconcile show` of the plan file {code(str(plan_file))} has all of it."
    return Surroundings(GITLAB_LIMIT, elsewhere, *_what_next(settings, plan, plan_file), run, link)


def _link_to(settings: Settings, base: str, sha: str | None, path: str | None) -> Link:
    if sha is None or not _SHA.fullmatch(sha) or path is None:
        return no_link
    page = f"{base}/{sha}/{quote(path)}"

    def link(location: Location) -> str | None:
        return f"{page}#L{location.line}" if location.file == str(settings.file) else None

    return link


def _what_next(settings: Settings, plan: Plan, plan_file: Path) -> tuple[str, str]:
    """Say what approvals the plan needs, by the revision that has the say, and which command is next."""
    desired = load(settings.file)
    unknown = [each for each in plan.scope.environments if each not in desired.environments]
    if unknown:
        raise UsageError(f"the plan is about {', '.join(unknown)}, which {settings.file} does not declare")
    if plan.summary.errors or plan.is_empty:
        return "", ""
    policy = policy_of(desired, settings.file)
    sentences = []
    for each in policy.protects(plan.scope.environments):
        environment = policy.protection[each]
        needed = count(environment.approvals, "approval")
        sentences.append(f"{name(each)} needs {needed}, valid for {_length(environment.approval_ttl)} once given.")
    if not sentences:
        return "No approval is needed.", f"Next: {code(f'reconcile apply {plan_file}')}"
    if policy.there.approvers.github:
        sentences.append(f"Whoever approves on GitHub puts {code(plan.digest[:12])} into the comment there.")
    return " ".join(sentences), f"Next: {code(f'reconcile approve {plan_file}')}"


def _length(length: timedelta) -> str:
    """Say a length of time in the largest unit that says it whole."""
    for unit, noun in _UNITS:
        if length % unit == timedelta():
            return count(length // unit, noun)
    return f"{length.total_seconds():.3f} seconds"
