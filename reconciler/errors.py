"""Every error that reconcile raises on purpose, and the exit code each one ends the command with.

The exit codes are public interface: 1 nothing was changed, 3 refused before anything was written, 4 something was
written but not all of it, or it did not become healthy, 130 interrupted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file that a person wrote; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, where, and what to do about it."""

    message: str
    location: Location | None = None

    def __str__(self) -> str:
        return f"{self.location}: {self.message}" if self.location else self.message


class ReconcileError(Exception):
    """What the program raises on purpose; its text is for the person at the terminal and never holds a value."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class ProblemsError(ReconcileError):
    """Several problems found together, so that a person mends them in one go."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: Sequence[Problem] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class UsageError(ReconcileError):
    """The command line, or an environment variable that steers it, asks for something that makes no sense."""


class ConfigError(ProblemsError):
    """`services.yaml` cannot be read as what its author meant."""


class SecretError(ProblemsError):
    """References that did not resolve to a usable value."""


class PlanFileError(ReconcileError):
    """A plan or approvals file that cannot be read, or is not what it says it is."""


class StoreError(ReconcileError):
    """The journal and the locks cannot be opened, read or written; what they say cannot be relied on then."""


class RenderError(ReconcileError):
    """Render's API answered something that the work cannot go on with, or did not answer at all."""

    def __init__(
        self, message: str, *, status: int | None = None, request_id: str | None = None, remedy: str | None = None
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.status = status
        self.request_id = request_id


class UnconfirmedWriteError(RenderError):
    """A write was sent and may have been carried out: its answer is lost, or is not one that confirms it.

    It has no `status`, since there is no answer to judge by; reading Render again tells what happened.
    """


class GitHubError(ReconcileError):
    """GitHub's API answered something that the work cannot go on with, or did not answer at all."""

    def __init__(self, message: str, *, status: int | None = None, remedy: str | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.status = status


class TooLongError(ReconcileError):
    """What has to be seen does not fit where it is to be shown, and showing part of it would hide the rest."""


class RefusedError(ReconcileError):
    """A safety rule said no; nothing was written."""

    exit_code = 3


class CheckFailedError(RefusedError):
    """The plan has check errors, so it must not be applied."""


class StalePlanError(RefusedError):
    """What the plan was made from is no longer so."""


class TamperedPlanError(RefusedError):
    """A plan file whose content is not what its digest stands for."""


class ApprovalError(RefusedError):
    """No valid approval for a plan that needs one."""


class TooManyDeletesError(RefusedError):
    """A plan deletes more of a service than anybody means by accident."""


class ReadOnlyError(RefusedError):
    """A plan would write to a service that is declared read-only."""


class RollbackError(RefusedError):
    """A run that cannot be undone from the journal: its values were not kept, or what it wrote to is gone."""


class PlanAlreadyAppliedError(RefusedError):
    """A plan that an earlier run applied, wholly or in part; a plan is applied once."""


class LockHeldError(RefusedError):
    """Another apply of the same environment goes on, or died so recently that its lease has not ended."""


class IncompleteError(ReconcileError):
    """Something was written, but not all of it, or it did not become healthy."""

    exit_code = 4


class LeaseLostError(IncompleteError):
    """A lock was lost while the work went on: its lease ran out, or somebody broke it; no further write is safe."""
