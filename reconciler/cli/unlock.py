"""`reconcile unlock`: take the lock of an environment away from an apply that will not let go of it."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import click

from reconciler.cli.options import Flag
from reconciler.cli.planning import Planning
from reconciler.cli.progress import progress
from reconciler.cli.settings import Settings, common_options
from reconciler.cli.store import journal, store
from reconciler.config import load
from reconciler.errors import RefusedError
from reconciler.planning.scope import scope_of
from reconciler.planning.targets import WORKSPACE_PREFIXES
from reconciler.report.lock_text import holder_text, lock_text

if TYPE_CHECKING:
    from reconciler.domain.journal import LockRecord


@click.command()
@common_options
@click.option("-e", "--env", "environment", cls=Flag, required=True, metavar="ENV", help="The environment.")
@click.option("--yes", is_flag=True, allow_from_autoenv=False, help="Do not ask.")
def unlock(settings: Settings, *, environment: str, yes: bool) -> None:
    """Break the lock of an environment, which an apply holds or has left behind.

    An apply that still goes on hears of it before its next request, and stops there.
    """
    name = _lock_name(settings, environment)
    held = _held(settings, name)
    if held is not None and not yes:
        _ask(held)
        now = _held(settings, name)
        if now is not None and _taking(now) != _taking(held):
            raise RefusedError("the lock changed hands while you were asked; nothing was broken", remedy="ask again")
    broken = None
    if held is not None:
        with store(settings) as opened:
            broken = opened.locks.break_lock(name)
    if broken is None:
        settings.show(f"Nothing to break: nobody holds the lock {name}.")
    else:
        settings.show(f"Broken: the lock {name}, {holder_text(broken)}.")


def _lock_name(settings: Settings, environment: str) -> str:
    """Return the name of an environment's lock; Render is asked only where the file gives no workspace by its id."""
    desired = load(settings.file)
    (found,) = scope_of(desired, [environment], []).environments
    workspace = desired.environments[found].workspace
    if workspace is not None and workspace.startswith(WORKSPACE_PREFIXES):
        return f"{workspace}/{found}"
    with progress() as shown:
        (name,) = asyncio.run(Planning.begin(settings, [found], []).lock_names(shown))
    return name


def _held(settings: Settings, name: str) -> LockRecord | None:
    with journal(settings) as known:
        return None if known is None else next((lock for lock in known.locks() if lock.name == name), None)


def _taking(lock: LockRecord) -> tuple[object, ...]:
    """Return what stays the same for as long as one apply holds a lock, however often it is renewed."""
    return lock.owner, lock.host, lock.pid, lock.acquired_at


def _ask(held: LockRecord) -> None:
    click.echo(lock_text(held), err=True)
    if not sys.stdin.isatty():
        raise RefusedError("nobody is there to say that it may be broken", remedy="say --yes if you are certain")
    click.echo("Break it? Only 'yes' will be accepted to confirm.", err=True)
    if click.prompt("  Enter a value", err=True, default="", show_default=False) != "yes":
        raise RefusedError("the lock was not broken")
