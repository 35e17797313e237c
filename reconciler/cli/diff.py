"""`reconcile diff`: what services.yaml means that it did not mean at another revision."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import click

from reconciler.cli.files import read_whole
from reconciler.cli.git import base_of
from reconciler.cli.options import format_option
from reconciler.cli.runner import annotate, summarise
from reconciler.cli.settings import Settings, common_options
from reconciler.config import load, load_text
from reconciler.domain.difference import RevisionDiff
from reconciler.domain.state import DesiredState
from reconciler.domain.value import Secret
from reconciler.errors import ApprovalError, ConfigError, Problem
from reconciler.planning.fingerprint import FingerprintKey
from reconciler.planning.revisions import differences_between
from reconciler.report.diff_json import diff_json
from reconciler.report.diff_markdown import diff_markdown
from reconciler.report.diff_text import diff_text
from reconciler.report.workflow_commands import loosened_annotations
from reconciler.signatures import parse_signers

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.cli.git import Revision
    from reconciler.planning.revisions import Signers

CHANGES = 2


@click.command()
@common_options
@click.argument("base", metavar="[BASE]", required=False)
@format_option("text", "json", "markdown")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when there are differences.")
@click.pass_context
def diff(context: click.Context, settings: Settings, *, base: str | None, output: str, detailed_exitcode: bool) -> None:
    """Say what services.yaml means differently than at the git revision BASE.

    Needs no credential and contacts nobody. Without BASE it is where the default branch was left: the merge base of
    HEAD and what origin/HEAD names.
    """
    here = load(settings.file)
    found = _compared(here, settings.file, base_of(base, settings.file))
    match output:
        case "json":
            settings.show(diff_json(found))
        case "markdown":
            settings.show(diff_markdown(found))
        case _:
            settings.show(diff_text(found, settings.width))
    annotate(loosened_annotations(found))
    summarise(lambda: diff_markdown(found))
    context.exit(CHANGES if detailed_exitcode and found.differences else 0)


def _compared(here: DesiredState, file: Path, revision: Revision) -> RevisionDiff:
    text = revision.text()
    there = _loaded(text, revision)
    # Sensitive literals are only compared, so their fingerprints need a key that nobody has, not even afterwards.
    key = FingerprintKey(Secret(secrets.token_hex(32)), origin="once")
    signers = (_signers(there, _signers_at(there, revision)), _signers(here, _signers_here(here, file)))
    differences = differences_between(there, here, key, signers)
    return RevisionDiff(str(file), revision.name, revision.commit, differences, is_new=text is None)


def _loaded(text: str | None, revision: Revision) -> DesiredState:
    """Return what the file meant at a revision, which is nothing where it did not exist."""
    if text is None:
        return DesiredState({}, {})
    try:
        return load_text(text, f"{revision.commit[:12]}:{revision.path}")
    except ConfigError as error:
        first = Problem(
            f"{revision.path} is not valid at {revision.name} ({revision.commit[:12]}), so what it meant there is not "
            "known and nothing can be compared with it; name a revision where it is valid"
        )
        raise ConfigError([first, *error.problems]) from None


def _signers_at(there: DesiredState, revision: Revision) -> str:
    name = there.approvers.ssh
    return (revision.text(beside=name) or "") if name else ""


def _signers_here(here: DesiredState, file: Path) -> str:
    path = file.parent / here.approvers.ssh if here.approvers.ssh else None
    return read_whole(path, "allowed_signers file") if path is not None and path.exists() else ""


def _signers(state: DesiredState, text: str) -> Signers:
    """Return who may sign with which key, and what holds them; a line that cannot be read stands for itself as such."""
    name = state.approvers.ssh or "approvers.ssh"
    found: dict[str, frozenset[str]] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            signers = parse_signers(line, name)
        except ApprovalError:
            found[f"line {number} of {name}, which cannot be read as a signer"] = frozenset()
        else:
            for signer in signers:
                who = f"{', '.join(signer.principals)} ({signer.key_fingerprint})"
                # Any of its lines will do, so only what stands in all of them holds it.
                found[who] = found.get(who, frozenset(signer.options)) & frozenset(signer.options)
    return found
