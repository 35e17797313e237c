"""What git knows: who works here, on which commit, and what a file was at a revision.

Whoever proposes a change chooses every file below the top of the work tree, so nothing there may pass for a repository
and nothing git is asked may run a program, reach a network or see a secret.
"""

from __future__ import annotations

import os
import posixpath
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

_PASSED_ON = re.compile(
    r"PATH|HOME|USER|LOGNAME|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|XDG_CONFIG_HOME|SUDO_UID"
    r"|SYSTEMROOT|PROGRAMDATA|USERPROFILE|HOMEDRIVE|HOMEPATH|APPDATA"
    r"|GIT_CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM|COUNT|PARAMETERS|KEY_\d+|VALUE_\d+)"
    r"|GIT_CEILING_DIRECTORIES|GIT_DISCOVERY_ACROSS_FILESYSTEM",
    re.IGNORECASE,
)
"""Variables that git gets; it has no use for an API key, so it cannot hand one on."""

_IMPOSED = {
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",  # older gits know no GIT_NO_LAZY_FETCH; without a transport nothing is fetched
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}
_SAFELY = ("--no-pager", "-c", "safe.bareRepository=explicit", "-c", "core.fsmonitor=false")
_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def user_email(folder: Path) -> str | None:
    """Return git's `user.email`, or nothing where there is none."""
    return _ask(_inside(folder), "config", "user.email")


def signing_key(folder: Path) -> str | None:
    """Return the SSH key file that git signs with, or nothing where it signs otherwise."""
    top = _inside(folder)
    if _ask(top, "config", "gpg.format") != "ssh":
        return None
    key = _ask(top, "config", "user.signingkey")
    return None if key is None or key.startswith("key::") else key


def head_commit(folder: Path) -> str | None:
    """Return the commit that is checked out, or nothing outside a repository."""
    return _ask(_inside(folder), "rev-parse", "--verify", "--quiet", "HEAD")


@dataclass(frozen=True, slots=True)
class Revision:
    """The one commit that a name stood for when it was asked, and a file's place in the repository."""

    name: str
    commit: str
    top: Path
    path: str
    """Of the file that the revision was asked for, from the top of the work tree."""

    def text(self, beside: str | None = None) -> str | None:
        """Return what the file was at that commit, or another one, named from the file's folder; nothing if neither.

        Raises `RefusedError` for a file that is no text.
        """
        path = self.path
        if beside is not None:
            path = posixpath.normpath(posixpath.join(posixpath.dirname(path), beside))
        completed = _run(self.top, "cat-file", "blob", f"{self.commit}:{path}")
        if completed is None or completed.returncode != 0:
            return None
        try:
            return completed.stdout.decode("utf-8")
        except UnicodeDecodeError:
            raise RefusedError(f"{path} is not text at {self.name}") from None


def revision_of(name: str, file: Path) -> Revision:
    """Return what a revision's name stands for in the repository of the working directory, and a file's place there.

    The name is a branch or tag that is the only one of that name, a full `refs/…`, or a whole hash. Raises
    `UsageError` for a name that git does not know here, and `RefusedError` for one that could mean two things, or a
    file that is not the work tree's own: outside it, behind a symbolic link, or in a repository of its own.
    """
    here = _working_directory()
    top = _top(here)
    path = _place(file, here, top)
    return Revision(name, _commit(top, name), top, path)


def _working_directory() -> Path:
    """Return the working directory as the shell names it, with the symbolic links that it was entered by."""
    physical = Path.cwd()
    named = os.environ.get("PWD", "")
    if Path(named).is_absolute() and os.path.normpath(named) == named and _is_same(Path(named), physical):
        return Path(named)
    return physical


def _top(here: Path) -> Path:
    top = next((folder for folder in (here, *here.parents) if os.path.lexists(folder / ".git")), None)
    if top is None:
        raise RefusedError(
            "the working directory is in no git work tree, so no revision of services.yaml can be read",
            remedy="run reconcile at the top of the repository that has services.yaml",
        )
    completed = _run(top, "rev-parse", "--show-toplevel", "--show-superproject-working-tree")
    if completed is None or completed.returncode != 0:
        words = completed.stderr.decode(errors="replace").strip().splitlines() if completed is not None else []
        raise RefusedError(f"git does not read the repository at {top}{': ' + words[0] if words else ''}")
    found, *outer = completed.stdout.decode(errors="surrogateescape").strip("\n").split("\n")
    if not _is_same(Path(found), top):
        raise RefusedError(f"git takes the work tree of {top} to be {found}, so no revision is read there")
    if outer:
        raise RefusedError(
            f"{top} is a submodule, which the change at hand chooses, so its revisions have no say",
            remedy="clone the repository that has services.yaml by itself",
        )
    return top


def _place(file: Path, here: Path, top: Path) -> str:
    """Return a file's path from the top as it is written, which is also where it is: no link, no other repository."""
    written = Path(os.path.normpath(here / file))
    # The outermost folder that is the top: of a link inside that leads back to it, the link is seen.
    root = next((folder for folder in reversed(written.parents) if _is_same(folder, top)), None)
    if root is None:
        raise RefusedError(
            f"{file} is outside the work tree at {top}, so no revision of it can be read",
            remedy="run reconcile at the top of the repository that has it",
        )
    parts = written.relative_to(root).parts
    for count in range(1, len(parts) + 1):
        component = root.joinpath(*parts[:count])
        shown = "/".join(parts[:count])
        if component.is_symlink():
            raise RefusedError(f"{shown} is a symbolic link, so {file} may stand for another file at a revision")
        if os.path.lexists(component / ".git"):
            raise RefusedError(f"{shown} is a repository of its own, so its revisions have no say")
    if not _is_same(written, here / file):
        raise RefusedError(f"{file} leads through a symbolic link, so it may stand for another file at a revision")
    return "/".join(parts)


def _commit(top: Path, name: str) -> str:
    """Return the hash of the one commit that a name can mean."""
    if _HASH.fullmatch(name):
        thing = name
    else:
        # What git would take the name for, in its order, of which it takes the first.
        patterns = ("{}", "tags/{}", "heads/{}", "remotes/{}", "remotes/{}/HEAD")
        candidates = [name] if name.startswith("refs/") else [f"refs/{pattern.format(name)}" for pattern in patterns]
        listed = _ask(top, "for-each-ref", "--format=%(objectname) %(refname)", "--", *candidates) or ""
        things = {ref: thing for thing, _, ref in (line.partition(" ") for line in listed.split("\n"))}
        matches = [ref for ref in candidates if ref in things]
        if len(matches) > 1:
            meant = next((ref for ref in matches if ref.startswith("refs/remotes/")), matches[-1])
            raise RefusedError(
                f"`{name}` can mean {' or '.join(matches)}, so it is not known which one has the say",
                remedy=f"give the full name: {meant}",
            )
        thing = things[matches[0]] if matches else ""
    commit = _ask(top, "rev-parse", "--verify", "--quiet", f"{thing}^{{commit}}") if thing else None
    if commit is None:
        raise UsageError(
            f"git knows no revision `{name}` here (a branch, a tag, refs/… or a whole hash)",
            remedy="fetch it first: git fetch origin",
        )
    return commit


def base_of(name: str | None, file: Path) -> Revision:
    """Return the revision to compare a file with: whatever git calls so, else where the default branch was left.

    Unlike the policy's revision, it decides nothing, so `HEAD~1`, a short hash and whatever else git reads is
    understood, too. Without a name it is the merge base of HEAD and the default branch: in GitHub's Actions the branch
    that a pull request is to be merged into, else the one that `origin` names. Raises `UsageError` for a name that git
    does not know here, or a branch that has no ancestor in common here, and `RefusedError` as `revision_of` does.
    """
    here = _working_directory()
    top = _top(here)
    path = _place(file, here, top)
    if name is not None:
        return Revision(name, _any_commit(top, name), top, path)
    target = os.environ.get("GITHUB_BASE_REF", "") if os.environ.get("GITHUB_ACTIONS") == "true" else ""
    branch = f"refs/remotes/origin/{target or 'HEAD'}"
    if branch not in (_ask(top, "for-each-ref", "--format=%(refname)", "--", branch) or "").split("\n"):
        raise UsageError(
            f"git does not know here which branch to compare with ({branch} does not exist)",
            remedy="name one, as in `reconcile diff origin/main`, or fetch it (actions/checkout: `fetch-depth: 0`)",
        )
    commit = _ask(top, "merge-base", "HEAD", branch)
    if commit is None:
        raise UsageError(
            f"git finds no commit here that HEAD and {branch} have in common",
            remedy="fetch the history (git fetch --unshallow; actions/checkout: `fetch-depth: 0`), or name a revision",
        )
    return Revision(f"the merge base with {branch.removeprefix('refs/remotes/')}", commit, top, path)


def _any_commit(top: Path, name: str) -> str:
    """Return the hash of the commit that git takes a name for; one that could mean two branches or tags is refused."""
    try:
        return _commit(top, name)
    except UsageError:
        # What begins with a hyphen would be an option.
        commit = None if name.startswith("-") else _ask(top, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        if commit is None:
            raise
        return commit


def _inside(folder: Path) -> Path:
    """Return the top of the work tree around a folder; outside of any, a folder that is no repository either."""
    absolute = Path(os.path.abspath(folder))  # noqa: PTH100 — `resolve` would follow links
    tops = (each for each in (absolute, *absolute.parents) if os.path.lexists(each / ".git"))
    return next(tops, Path(absolute.anchor))


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return False


def _ask(folder: Path, *arguments: str) -> str | None:
    completed = _run(folder, *arguments)
    if completed is None or completed.returncode != 0:
        return None
    return completed.stdout.decode("utf-8", "replace").strip() or None


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes] | None:
    program = shutil.which("git")
    if program is None or not folder.is_dir():
        return None
    command: Sequence[str] = [program, *_SAFELY, "-C", str(folder), *arguments]
    passed_on = {name: value for name, value in os.environ.items() if _PASSED_ON.fullmatch(name)}
    try:
        return subprocess.run(  # noqa: S603 — a fixed program, arguments never pass a shell
            command, env=passed_on | _IMPOSED, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
    except (OSError, ValueError):
        # Text that no argument can hold, such as a null character, names nothing that git knows.
        return None
