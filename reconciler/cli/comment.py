"""`reconcile comment`: a plan, or what came of it, as one sticky comment on its pull request."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.clock import SystemClock
from reconciler.cli.files import read_whole
from reconciler.cli.git import place_in_repository
from reconciler.cli.options import format_option
from reconciler.cli.progress import progress
from reconciler.cli.settings import Settings, common_options
from reconciler.cli.surroundings import on_github, on_gitlab
from reconciler.domain.printable import printable
from reconciler.errors import TooLongError, UsageError
from reconciler.github import ActionsEnvironment, GitHubConnection, github_token
from reconciler.github.comments import Marker, post_comment, pull_of_commit
from reconciler.planning.plan_file import load_plan
from reconciler.report.comment import plan_comment, result_comment, target_of, unshowable_comment
from reconciler.report.inline import count
from reconciler.report.page import SUMMARY_LIMIT, Page
from reconciler.report.result_json import load_result

if TYPE_CHECKING:
    from reconciler.domain.outcome import ApplyResult
    from reconciler.domain.plan import Plan
    from reconciler.github.comments import Posted
    from reconciler.report.comment import Surroundings


@click.command()
@common_options
@click.argument("plan_file", metavar="PLAN", type=click.Path(path_type=Path))
@click.option(
    "--result",
    "result_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Say what came of it: the output of `apply --format json`.",
)
@click.option("--no-result", "without_result", is_flag=True, help="Say that the apply ended without a result.")
@click.option("--stdout", "to_stdout", is_flag=True, help="Print the comment instead of posting it.")
@click.option(
    "--pull-request",
    type=click.IntRange(1),
    metavar="NUMBER",
    help="Where to post [default: the event's, else that which brought the commit].",
)
@format_option("github", "gitlab", "markdown")
def comment(  # noqa: PLR0913 — one each option
    settings: Settings,
    *,
    plan_file: Path,
    result_file: Path | None,
    without_result: bool,
    to_stdout: bool,
    pull_request: int | None,
    output: str,
) -> None:
    """Show a plan, or what came of it, in one comment on its pull request, which is updated in place.

    The formats gitlab and markdown are printed, never posted.
    """
    if without_result and result_file is not None:
        raise UsageError("either there is a result, or --no-result says that there is none")
    plan = load_plan(read_whole(plan_file, "plan file"), str(plan_file))
    result = None if result_file is None else _result_of(plan, result_file)
    path = place_in_repository(settings.file)
    match output:
        case "gitlab":
            around = replace(on_gitlab(settings, plan, plan_file, path), without_result=without_result)
            settings.show(_page(plan, result, around).text)
        case "markdown":
            around = on_github(settings, plan, plan_file, path, None)
            settings.show(_page(plan, result, replace(around, limit=SUMMARY_LIMIT, without_result=without_result)).text)
        case _:
            # What is only printed needs no repository, and has links where one is named.
            is_named = not to_stdout or bool(os.environ.get("GITHUB_REPOSITORY"))
            environment = ActionsEnvironment.read(os.environ) if is_named else None
            around = on_github(settings, plan, plan_file, path, environment)
            around = replace(around, without_result=without_result)
            # What came of a plan does not show it to whoever is to approve it.
            shown = plan.digest if result is None else None
            marker = Marker(target_of(plan, path or str(settings.file)), shown)
            if to_stdout or environment is None:
                settings.show(f"{marker}{_page(plan, result, around).text}")
            else:
                _post(settings, _Posting(plan, result, around, environment, marker), pull_request)


@dataclass(frozen=True, slots=True)
class _Posting:
    """What is posted where."""

    plan: Plan
    result: ApplyResult | None
    around: Surroundings
    environment: ActionsEnvironment
    marker: Marker


def _result_of(plan: Plan, file: Path) -> ApplyResult:
    result = load_result(read_whole(file, "result"), str(file))
    if (result.plan_id, result.digest) != (plan.plan_id, plan.digest):
        raise UsageError(f"{file} is the result of another plan", remedy="give the plan and the result of one apply")
    return result


def _page(plan: Plan, result: ApplyResult | None, around: Surroundings) -> Page:
    return plan_comment(plan, around) if result is None else result_comment(plan, result, around)


def _post(settings: Settings, posting: _Posting, pull_request: int | None) -> None:
    """Post the comment; where it does not fit, post that, and raise `TooLongError`."""
    problem: TooLongError | None = None
    marker = posting.marker
    try:
        page = _page(posting.plan, posting.result, posting.around)
    except TooLongError as error:
        problem = error
        page = Page(unshowable_comment(posting.plan, posting.result, posting.around), cut=1)
        marker = replace(marker, digest=None)
    if page.cut and posting.environment.step_summary is not None:
        # Before the comment that refers to it.
        _summarise(posting, posting.environment.step_summary)
    posted = asyncio.run(_posted(replace(posting, marker=marker), page.text, pull_request))
    if posted is None:
        sha = posting.environment.sha
        settings.tell(f"GitHub knows no pull request with commit {sha}, so there is nothing to comment on.")
    else:
        settings.show(f"{'Posted' if posted.is_new else 'Updated'} {printable(posted.url)}")
        if page.cut:
            settings.tell(f"{count(page.cut, 'section')} did not fit; the comment says so.")
    if problem is not None:
        raise TooLongError(
            f"{problem.message}; the comment says only that",
            remedy="make plans of fewer services at a time, with -s, and show each in a comment of its own",
        )


async def _posted(posting: _Posting, text: str, pull_request: int | None) -> Posted | None:
    environment = posting.environment
    token = github_token(os.environ)
    with progress() as shown:
        async with GitHubConnection(environment, token, clock=SystemClock(), progress=shown) as github:
            number = pull_request or (environment.pull_request.number if environment.pull_request else None)
            if number is None:
                if environment.sha is None:
                    raise UsageError("no pull request is known to comment on", remedy="name it with --pull-request")
                found = await pull_of_commit(github, environment.sha)
                if found is None:
                    return None
                number = found.number
            return await post_comment(github, number, posting.marker, text)


def _summarise(posting: _Posting, file: Path) -> None:
    """Append all of the plan, or as much as the step's summary still holds, to that summary."""
    try:
        taken = file.stat().st_size if file.exists() else 0
        around = replace(
            posting.around,
            limit=SUMMARY_LIMIT - taken,
            elsewhere="`reconcile show` of the plan file has all of it.",
        )
        try:
            text = _page(posting.plan, posting.result, around).text
        except TooLongError:
            text = unshowable_comment(posting.plan, posting.result, around)
        if taken + len(text.encode()) < SUMMARY_LIMIT:
            with file.open("a", encoding="utf-8") as summary:
                summary.write(f"{text}\n\n")
    except OSError as error:
        raise UsageError(f"cannot write {file}, named by GITHUB_STEP_SUMMARY: {error.strerror}") from error
