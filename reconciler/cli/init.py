"""`reconcile init`: a first services.yaml, from what is there already."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.blueprint import read_blueprint
from reconciler.cli.clock import SystemClock
from reconciler.cli.files import write_whole
from reconciler.cli.keys import api_keys
from reconciler.cli.options import Flag
from reconciler.cli.progress import progress
from reconciler.cli.render import connections
from reconciler.cli.settings import Settings, common_options
from reconciler.config.load import load_text
from reconciler.config.names import NAME_PATTERN, NAME_SENTENCE, ecma
from reconciler.domain.state import Environment, EnvironmentKind
from reconciler.drafting import compose
from reconciler.drafting import dotenv as drafting_dotenv
from reconciler.errors import ConfigError, Location, RefusedError, UsageError
from reconciler.render_api import RenderReader, SeenValues
from reconciler.report.inline import count
from reconciler.report.services_yaml import services_yaml
from reconciler.secrets.dotenv import parse_dotenv
from reconciler.secrets.folder import Folder
from reconciler.secrets.store import UnresolvedError
from reconciler.workflows.inventory import take_inventory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.domain.draft import Draft, Inventory
    from reconciler.domain.value import Secret
    from reconciler.ports import Progress

_NAME = ecma(NAME_PATTERN)
_LONGEST_NAME = 60
_LONG_RUN = 20
"""Characters with digits among them and no `_`: names of many words have one, lines of base64 have none."""


@click.command()
@common_options
@click.option("--from-render", is_flag=True, help="From the workspace that RENDER_API_KEY sees.")
@click.option(
    "--from-blueprint",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="From a Blueprint, usually render.yaml.",
)
@click.option(
    "--from-dotenv",
    "dotenv_files",
    cls=Flag,
    multiple=True,
    metavar="ENV=FILE",
    help="From a .env file of an environment; may be repeated.",
)
@click.option("--workspace", metavar="ID", help="The workspace on Render, by id or name.")
@click.option(
    "-e",
    "--env",
    "environment",
    cls=Flag,
    metavar="ENV",
    default="production",
    help="The environment of what nothing tells one of [default: production].",
)
@click.option(
    "-s", "--service", cls=Flag, metavar="SERVICE", default="app", help="Whose the .env files are [default: app]."
)
@click.option("--stdout", "to_stdout", is_flag=True, help="Print the text; write no file.")
@click.option("--force", is_flag=True, allow_from_autoenv=False, help="Overwrite a file that exists, without asking.")
def init(  # noqa: PLR0913 — one each option
    settings: Settings,
    *,
    from_render: bool,
    from_blueprint: Path | None,
    dotenv_files: tuple[str, ...],
    workspace: str | None,
    environment: str,
    service: str,
    to_stdout: bool,
    force: bool,
) -> None:
    """Write a first services.yaml, with what somebody has to decide as comments.

    Says where it gets it from: a live workspace, a Blueprint, or .env files. No secret is copied.
    """
    if sum((from_render, from_blueprint is not None, bool(dotenv_files))) != 1:
        raise UsageError("say where to begin", remedy="--from-render, --from-blueprint FILE or --from-dotenv ENV=FILE")
    _require_name("--env", environment)
    is_new = not to_stdout and not force and _is_new(settings.file)
    if from_blueprint is not None:
        found = replace(read_blueprint(from_blueprint), workspace=workspace)
    elif dotenv_files:
        found = _from_dotenv(settings, dotenv_files, service, workspace)
    else:
        with progress() as shown:
            found = asyncio.run(_from_render(settings, workspace, shown))
    draft = compose(found, environment)
    text = services_yaml(draft)
    _require_valid(text, settings.file)
    if to_stdout:
        settings.show(text.rstrip("\n"))
        return
    if is_new and settings.file.exists():
        raise RefusedError(f"{settings.file} came to be meanwhile; nothing was written", remedy="run it again")
    write_whole(settings.file, text)
    settings.tell(_told(settings.file, draft))


def _require_valid(text: str, path: Path) -> None:
    """Raise `UsageError` for a text that `reconcile validate` would not take; there should be none."""
    try:
        load_text(text, str(path))
    except ConfigError as error:
        raise UsageError(
            f"what was found does not make a valid file, so nothing was written; first: {error.problems[0].message}",
            remedy="this is a defect of reconcile; please report it",
        ) from None


async def _from_render(settings: Settings, workspace: str | None, shown: Progress) -> Inventory:
    # A stand-in: which environments there are is only just to be found out.
    anywhere = Environment("init", EnvironmentKind.PRODUCTION, Location(str(settings.file), 1, 1))
    environments = {anywhere.name: anywhere}
    keys = api_keys([anywhere])
    async with connections(environments, keys, settings, SystemClock(), shown, SeenValues()) as opened:
        return await take_inventory(RenderReader(opened[anywhere.name]), workspace, shown)


def _from_dotenv(settings: Settings, named: Sequence[str], service: str, workspace: str | None) -> Inventory:
    _require_name("--service", service)
    folder = Path(os.path.normpath(settings.file.parent.absolute()))
    files: dict[str, drafting_dotenv.DotenvFile] = {}
    for one in named:
        environment, equals, path = one.partition("=")
        if not equals or not path:
            raise UsageError("--from-dotenv takes ENV=FILE", remedy="such as --from-dotenv staging=secrets/staging.env")
        _require_name("--from-dotenv", environment)
        if environment in files:
            raise UsageError(f"--from-dotenv gives {environment} twice", remedy="one file for each environment")
        files[environment] = _dotenv(folder, path)
    return drafting_dotenv.inventory_of(service, files, workspace)


def _dotenv(folder: Path, path: str) -> drafting_dotenv.DotenvFile:
    """Read a dotenv file as references to it will be read."""
    relative = os.path.relpath(Path(path).absolute(), folder).replace(os.sep, "/")
    try:
        lines = parse_dotenv(Folder(folder, allow_outside=True).read_text(relative))
    except UnresolvedError as error:
        raise UsageError(f"{path}: {error}") from None
    pieces = [line.number for key, found in lines.items() for line in found if _is_piece(key, line.value)]
    if pieces:
        # A value of several lines without quotes: what a line of it begins with is no name, and must not be shown.
        raise UsageError(
            f"{path}: line {min(pieces)} does not begin with a name and `=`",
            remedy="put quotes around a value of several lines; leave out a name that has no value",
        )
    if twice := sorted(key for key, found in lines.items() if len(found) > 1):
        raise UsageError(f"{path} defines more than once: {', '.join(twice)}", remedy="keep the one that holds")
    return drafting_dotenv.DotenvFile(relative, {key: found[0].value for key, found in lines.items()})


def _is_piece(name: str, value: Secret | None) -> bool:
    """Tell whether a line is rather a piece of a value in base64 or hexadecimal than a name with its value."""
    if value is None or value.reveal() == "=":
        return True
    runs_on = any(map(str.isdigit, name)) and "_" not in name
    return len(name) > _LONGEST_NAME or (runs_on and len(name) >= (_LONG_RUN if value.is_empty else 2 * _LONG_RUN))


def _require_name(option: str, name: str) -> None:
    if not _NAME.match(name):
        raise UsageError(f"{option} takes a name of {NAME_SENTENCE}")


def _is_new(path: Path) -> bool:
    """Tell whether there is no such file yet; ask about one that is there, and raise `RefusedError` without a yes."""
    if not path.absolute().parent.is_dir():
        raise UsageError(f"cannot write {path}: there is no such folder", remedy="make it, or name another with -f")
    if not path.exists() and not path.is_symlink():
        return True
    if not sys.stdin.isatty():
        raise RefusedError(
            f"{path} is there already; nothing was written",
            remedy="say --force to overwrite it, --stdout to look first, or -f for another file",
        )
    click.echo(f"{path} is there already. Overwrite it? Only 'yes' will be accepted to confirm.", err=True)
    if click.prompt("  Enter a value", err=True, default="", show_default=False) != "yes":
        raise RefusedError(f"{path} was not overwritten")
    return False


def _told(path: Path, draft: Draft) -> str:
    variables = sum(len(entry.variables) for entry in (*draft.services.values(), *draft.env_groups.values()))
    what = f"{count(len(draft.services), 'service')}, {count(len(draft.env_groups), 'env group')}"
    environments = count(len(draft.environments), "environment")
    here = "" if str(path) == "services.yaml" else f" -f {path}"
    return (
        f"Wrote {path}: {what}, {count(variables, 'variable')}, {environments}. "
        f"Comments in it say what to decide.\nNext: reconcile validate{here}"
    )
