"""Names in Render's lists: each is there once, and none of them turns a request into another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from reconciler.errors import RenderError
from reconciler.render_api.endpoints import is_path_syntax, undisclosed

if TYPE_CHECKING:
    from collections.abc import Iterable

V = TypeVar("V")


def by_name(what: str, pairs: Iterable[tuple[str, V]]) -> dict[str, V]:
    """Return things by their names; raises `RenderError` where a name comes twice."""
    found: dict[str, V] = {}
    for number, (name, thing) in enumerate(pairs, start=1):
        if name in found:
            raise RenderError(
                f"{what} came with {undisclosed(name)} twice, the second time as number {number} of the list, so it is"
                " not known which holds",
                remedy="try again; if it stays so, ask Render's support",
            )
        found[name] = thing
    return found


def checked_names(found: dict[str, V], what: str) -> dict[str, V]:
    """Refuse names that turn a request into another one: `DELETE …/env-vars/..` is `DELETE /services/{id}`."""
    for number, name in enumerate(found, start=1):
        if is_path_syntax(name):
            raise RenderError(
                f"{what} with {undisclosed(name)}, number {number} of the list, which no request can name safely;"
                " nothing was changed",
                remedy="rename or delete it in Render's dashboard, then try again",
            )
    return found


def require_workspace(what: str, workspaces: Iterable[str], workspace_id: str) -> None:
    """Raise `RenderError` unless all of a list is of the workspace that was asked for."""
    if strangers := sum(other != workspace_id for other in workspaces):
        raise RenderError(
            f"Render listed {strangers} {what}(s) of other workspaces among those of workspace {workspace_id!r}",
            remedy="try again; if it stays so, ask Render's support",
        )
