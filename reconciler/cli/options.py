"""Options that several commands share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, ParamSpec, TypedDict, TypeVar

import click

from reconciler.domain.plan import OnFailure, Permissions

if TYPE_CHECKING:
    from collections.abc import Callable

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Flag(click.Option):
    """An option that the environment can give under the name that people type, whatever the code calls it.

    Click would name the variable after the parameter: RECONCILE_PLAN_ENVIRONMENTS for what is typed as `--env`.
    """

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """Return the value of `RECONCILE_<COMMAND>_<FLAG>`; an empty one counts as none."""
        if not self.allow_from_autoenv or ctx.auto_envvar_prefix is None:
            return None
        longest = max(self.opts, key=len).lstrip("-").replace("-", "_").upper()
        return os.environ.get(f"{ctx.auto_envvar_prefix}_{longest}") or None


class PermissionOptions(TypedDict):
    """What click passes for the permissions."""

    allow_deletes: int | None
    allow_rotation: tuple[str, ...]
    no_deploy: bool
    on_failure: str
    ephemeral_store: bool


def scope_options(command: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Add `-e` and `-s`."""
    for name, noun in (("--service", "service"), ("--env", "environment")):
        command = click.option(
            name[1:3],
            name,
            f"{noun}s",
            cls=Flag,
            multiple=True,
            metavar=name.removeprefix("--").upper(),
            help=f"Only this {noun}; may be repeated.",
        )(command)
    return command


def format_option(*formats: str) -> Callable[[Callable[Arguments, Result]], Callable[Arguments, Result]]:
    """Add `--format`; the first one is the default."""
    return click.option("--format", "output", cls=Flag, type=click.Choice(formats), default=formats[0])


def outside_option(command: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Add `--allow-outside`, which is never taken from the environment: a pull request's references are held to it."""
    return click.option(
        "--allow-outside",
        is_flag=True,
        allow_from_autoenv=False,
        help="Let references name files outside the folder of services.yaml.",
    )(command)


def permission_options(command: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Add the permissions, which are never taken from the environment: they are part of what is approved."""
    for name, options in reversed(_PERMISSIONS.items()):
        command = click.option(name, allow_from_autoenv=False, **options)(command)  # type: ignore[arg-type]  # click's options are of many types
    return command


def permissions_of(options: PermissionOptions) -> Permissions:
    """Return the permissions that the options ask for."""
    rotation = tuple(sorted(set(options["allow_rotation"])))
    on_failure = OnFailure(options["on_failure"])
    return Permissions(options["allow_deletes"], rotation, options["no_deploy"], on_failure, options["ephemeral_store"])


_PERMISSIONS: dict[str, dict[str, object]] = {
    "--allow-deletes": {
        "type": click.IntRange(1),
        "metavar": "N",
        "help": "Let the plan delete up to N of what services have.",
    },
    "--allow-rotation": {
        "multiple": True,
        "metavar": "ADDRESS",
        "help": "Let the plan change this value, whose rotation is destructive; may be repeated.",
    },
    "--no-deploy": {"is_flag": True, "help": "Write, but leave the deploy to somebody else."},
    "--on-failure": {
        "type": click.Choice(["stop", "rollback"]),
        "default": "stop",
        "help": "What to do when a deploy fails or health does not come [default: stop].",
    },
    "--ephemeral-store": {"is_flag": True, "help": "Apply to a protected environment in CI without a shared store."},
}
