"""`reconcile demo`: the main job from end to end, by the real commands, against a sandbox in a temporary folder."""

from __future__ import annotations

import os
import secrets
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import click
import httpx

import reconciler
from reconciler.cli.settings import Settings, common_options
from reconciler.errors import IncompleteError, UsageError
from reconciler.sandbox import RunningSandbox, running

if TYPE_CHECKING:
    from collections.abc import Mapping

PLAN = "production.plan.json"
APPROVER = "approver@example.com"
AUTHOR = "developer@example.com"


@dataclass(frozen=True, slots=True)
class Act:
    """One command of the story: what is said before it, and what has to come of it."""

    says: str
    command: str
    exit_code: int
    expects: tuple[str, ...]


ACTS = (
    Act("The contract is checked first; nothing is contacted.", "validate", 0, ("is valid",)),
    Act(
        "Production's upload worker is down. What is wrong, and what would mend it?",
        f"plan -e production -o {PLAN}",
        0,
        ("production/upload-worker", "DOCUMENT_ENCRYPTION_KEY", "RC101", "Plan: 5 to add, 2 to change, 0 to destroy."),
    ),
    Act(
        "Production is protected: without an approval nothing happens.",
        f"apply {PLAN}",
        3,
        ("production is protected",),
    ),
    Act(
        "Somebody else looks at the plan and signs this very one.",
        f"approve {PLAN} --key approver",
        0,
        (f"Approved by {APPROVER}",),
    ),
    Act(
        "Now it is carried out, deployed, and watched until the worker is proven healthy.",
        f"apply {PLAN}",
        0,
        ("is live", "healthy: “worker started”", "Apply complete! Variables: 5 added, 2 changed, 0 destroyed."),
    ),
)
LAST_ACT = Act("Now Render is as services.yaml says.", "plan -e production", 0, ("No changes. Render matches",))


@click.command()
@common_options
def demo(settings: Settings) -> None:
    """Run the main job on a sandbox: a broken worker is found, approved and mended."""
    if shutil.which("ssh-keygen") is None:
        raise UsageError("the demo signs an approval, which needs OpenSSH's `ssh-keygen`")
    with tempfile.TemporaryDirectory(prefix="reconcile-demo-") as name, running("incident") as sandbox:
        folder = Path(name)
        environment = _set_up(folder, sandbox)
        for act in ACTS:
            _perform(act, folder, environment, settings)
        _look_at_worker(sandbox, settings)
        _perform(LAST_ACT, folder, environment, settings)


def worked_example() -> str:
    """Return the text of the worked example, from the package or from the checkout it is installed from."""
    packaged = resources.files("reconciler.sandbox") / "services.yaml"
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    return (Path(reconciler.__file__).parent.parent / "services.yaml").read_text(encoding="utf-8")


def _set_up(folder: Path, sandbox: RunningSandbox) -> dict[str, str]:
    """Lay out what a project has: the contract, secrets where it refers to, and an approver's throw-away key."""
    (folder / "services.yaml").write_text(worked_example(), encoding="utf-8")
    sandbox.scenario.write_dotenv(folder / "secrets")
    key = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", APPROVER, "-f", str(folder / "approver")]
    subprocess.run(key, check=True)  # noqa: S603 — a fixed command
    (folder / ".reconcile").mkdir()
    public = (folder / "approver.pub").read_text(encoding="utf-8")
    (folder / ".reconcile" / "allowed_signers").write_text(f"{APPROVER} {public}", encoding="utf-8")
    theirs = ("RECONCILE_", "RENDER_", "GITHUB_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(theirs)}
    # The journal lasts as long as the story does, also where that is told in CI.
    inherited.pop("CI", None)
    return inherited | {
        "RENDER_API_URL": sandbox.url,
        "RENDER_API_KEY": sandbox.api_key,
        "RECONCILE_PLAN_KEY": secrets.token_urlsafe(32),
        # The sandbox deploys within a second or two; looking at it every five would only make the story slower.
        "RECONCILE_APPLY_POLL_INTERVAL": "500ms",
        "RECONCILE_COLOR": "always" if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else "never",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "user.email",
        "GIT_CONFIG_VALUE_0": AUTHOR,
    }


def _perform(act: Act, folder: Path, environment: Mapping[str, str], settings: Settings) -> None:
    settings.show(click.style(f"# {act.says}", dim=True))
    settings.show(click.style(f"$ reconcile {act.command}", bold=True))
    done = subprocess.run(  # noqa: S603 — this very program
        [sys.executable, "-m", "reconciler", *shlex.split(act.command)],
        cwd=folder,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    settings.show(done.stdout)
    said = click.unstyle(done.stdout)
    missing = [words for words in act.expects if words not in said]
    if done.returncode != act.exit_code or missing:
        raise IncompleteError(
            f"`reconcile {act.command}` ended with {done.returncode} instead of {act.exit_code}"
            + "".join(f"; it did not say “{words}”" for words in missing)
        )


def _look_at_worker(sandbox: RunningSandbox, settings: Settings) -> None:
    """Show, from the sandbox's own logs, that the worker processes documents again."""
    with httpx.Client(base_url=sandbox.url, headers={"Authorization": f"Bearer {sandbox.api_key}"}) as client:
        listed = client.get("/services", params={"name": "upload-worker-production"}).json()
        service = listed[0]["service"]
        query = {"ownerId": service["ownerId"], "resource": service["id"], "text": "processed document", "limit": "3"}
        lines = [line["message"] for line in client.get("/logs", params=query).json()["logs"]]
    settings.show(click.style("# What the worker logs now:", dim=True))
    settings.show("\n".join(lines) + "\n")
    if not lines:
        raise IncompleteError("the worker is live, but it processed nothing")
