"""The global options, which stand before or after the command's name, and what they mean for output."""

from __future__ import annotations

import functools
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.domain.printable import printable_lines

if TYPE_CHECKING:
    from collections.abc import Callable

NARROWEST = 60


@dataclass(frozen=True, slots=True)
class Settings:
    """What the global options say."""

    file: Path = Path("services.yaml")
    color: str = "auto"
    parallelism: int = 16
    verbose: bool = False

    @property
    def coloured(self) -> bool:
        """Whether standard output takes colours."""
        if self.color == "auto":
            return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        return self.color == "always"

    @property
    def width(self) -> int:
        """Columns of the terminal; 80 where there is none."""
        import shutil  # noqa: PLC0415 — not needed by `--version`, which should not wait for it

        return max(NARROWEST, shutil.get_terminal_size((80, 24)).columns)

    def show(self, text: str) -> None:
        """Print a result on standard output."""
        click.echo(text, color=self.coloured)

    def tell(self, text: str) -> None:
        """Print what goes with a result, such as the next command, on standard error."""
        click.echo(printable_lines(text), err=True)


def common_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the global options; it gets them as `Settings`, its own winning over those before its name."""

    @click.option("-f", "--file", type=click.Path(path_type=Path), help="The contract [default: services.yaml].")
    @click.option("--color", type=click.Choice(["auto", "always", "never"]), help="[default: auto]")
    @click.option("--parallelism", type=click.IntRange(1, 64), help="Requests under way at once [default: 16].")
    @click.option("-v", "--verbose", is_flag=True, default=None, help="Tracebacks, where there are any.")
    @click.pass_context
    @functools.wraps(command)
    def wrapped(context: click.Context, /, **options: object) -> None:
        names = ("file", "color", "parallelism", "verbose")
        said = {name: options.pop(name) for name in names}
        settings = context.find_object(Settings) or Settings()
        context.obj = replace(settings, **{name: value for name, value in said.items() if value is not None})  # type: ignore[arg-type]  # click made each option of its field's type
        context.invoke(command, context.obj, **options)

    return wrapped
