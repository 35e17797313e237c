"""Code use: which variables source code reads that nothing declares, and which are declared and not read."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from reconciler.domain.address import Kind
from reconciler.domain.definition import Absent
from reconciler.domain.finding import Finding, Severity
from reconciler.domain.matrix import CodeUse
from reconciler.errors import Location
from reconciler.planning.values import all_declared

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.domain.source_use import Scan, Use
    from reconciler.domain.state import DesiredState

UNDECLARED = "RC221"

OF_THE_PLATFORM = re.compile(
    r"RENDER(_.*)?|IS_PULL_REQUEST|PORT|WEB_CONCURRENCY|NODE_ENV|NODE_OPTIONS|NODE_VERSION|PYTHON.*|PIP_.*|VIRTUAL_ENV"
    r"|npm_.*|NO_COLOR|FORCE_COLOR|PATH|HOME|USER|USERNAME|LOGNAME|SHELL|PWD|OLDPWD|HOSTNAME|LANG|LANGUAGE|LC_.*|TZ"
    r"|TERM|COLUMNS|LINES|EDITOR|TMPDIR|TEMP|TMP|DISPLAY|XDG_.*|CI|GITHUB_ACTIONS|PYTEST_CURRENT_TEST"
    r"|APPDATA|LOCALAPPDATA|USERPROFILE|SYSTEMROOT|COMSPEC",
    re.DOTALL,
)
"""Names that Render sets (https://render.com/docs/environment-variables), or the system, the runtime or CI does."""


def code_use(scan: Scan, contract: DesiredState) -> CodeUse:
    """Hold what source code reads against everything that a contract declares, in whatever service.

    Names that `ignore` passes over count as declared.
    """
    items = [item for item in all_declared(contract) if item.address.kind is Kind.ENV_VAR]
    declared = {item.address.key for item in items}
    in_any_case = {key.casefold() for key in declared}
    ignored = sorted({pattern for service in contract.services.values() for pattern in service.ignore})

    def is_declared(use: Use) -> bool:
        name = use.name or ""
        spelt = (name, name.upper()) if use.any_case else (name,)
        return (
            name in declared
            or (use.any_case and name.casefold() in in_any_case)
            or any(OF_THE_PLATFORM.fullmatch(one) or any(fnmatchcase(one, glob) for glob in ignored) for one in spelt)
        )

    named = [use for use in scan.uses if use.name is not None]
    read = {use.name for use in named if use.name}
    read_in_any_case = {use.name.casefold() for use in named if use.name and use.any_case}
    expected = {item.address.key for item in items if not isinstance(item.definition.source, Absent)}
    return CodeUse(
        files=scan.files,
        names=len({use.name.casefold() if use.any_case else use.name for use in named if use.name}),
        undeclared=tuple(_findings([use for use in named if not is_declared(use)])),
        unread=tuple(sorted(key for key in expected - read if key.casefold() not in read_in_any_case)),
        computed=tuple(use for use in scan.uses if use.name is None),
        unparsed=scan.unparsed,
    )


def _findings(uses: Sequence[Use]) -> Iterator[Finding]:
    """Yield one finding for each name, at the first place that needs it."""
    by_name: dict[str, list[Use]] = {}
    for use in uses:
        name = use.name or ""
        by_name.setdefault(name.upper() if use.any_case else name, []).append(use)
    for name, places in sorted(by_name.items()):
        # A place without a default fails; one with a default goes on, perhaps wrongly.
        first = min(places, key=lambda use: (use.has_default, use.path, use.line, use.column))
        more = f", here and at {len(places) - 1} more" if len(places) > 1 else ""
        default = "; it goes on without" if first.has_default else ""
        yield Finding(
            UNDECLARED,
            "undeclared-in-code",
            Severity.WARNING,
            f"the code reads {name}{more}, and no contract declares it{default}",
            None,
            Location(str(first.path), first.line, first.column),
            "declare it in services.yaml for the service that runs this code, `external: true` if people set it",
        )
