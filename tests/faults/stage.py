"""A stage: the scene's folder beside a sandbox of its own, with the proxy in front of it."""

from __future__ import annotations

import json
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reconciler.sandbox import NO_LIMITS, running
from reconciler.sandbox.entries import FILES
from tests.faults.proxy import Proxy, proxying
from tests.faults.scene import SERVICES, Key, Scene, scene, source_of
from tests.stories.conftest import QUICK, Project, Run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLAN = "p.json"
PATIENCE_SECONDS = 300


@dataclass
class Template:
    """What all stages begin as: the folder with its plan, and the sandbox's state."""

    folder: Path
    state: Path


@dataclass
class Stage(Project):
    """One apply's own world. Commands reach the sandbox directly, except for the one that is run through the proxy."""

    proxy: Proxy = field(kw_only=True)

    @property
    def scene(self) -> Scene:
        return scene()

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command whose requests go through the proxy."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment({"RENDER_API_URL": self.proxy.url}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run_through(self, *arguments: str) -> Run:
        """Run a command through the proxy to its end."""
        return ended(self.start(*arguments))

    def held(self) -> dict[Key, str]:
        """Everything that Render holds."""
        found: dict[Key, str] = {}
        for name in SERVICES:
            holding = self.sandbox.workspace.holding(self.id_of(name))
            found |= {Key(name, key): value for key, value in holding.values().items()}
            found |= {Key(name, entry.name, is_file=True): entry.text for entry in holding.of(FILES).values()}
        return found

    def id_of(self, service: str) -> str:
        return self.sandbox.workspace.service_named(service).id

    def written(self) -> dict[str, int]:
        """How often the sandbox got each request that changes something, by label."""
        names = self.proxy.names
        counted: dict[str, int] = {}
        for line in self.writes():
            method, _, path = line.partition(" ")
            service, _, rest = path.removeprefix("/v1/services/").partition("/")
            label = f"{method} {names[service]}/{rest}"
            counted[label] = counted.get(label, 0) + 1
        return counted

    def deploys_of(self, service: str) -> list[Any]:
        """The service's deploys, oldest first, once none of them is under way."""
        self.sandbox.workspace.clock.advance(5)
        return self.sandbox.workspace.rollout(self.id_of(service)).deploys

    def files(self) -> str:
        """The content of every file that the commands wrote."""
        given = self.folder / "given"
        written = [path for path in self.folder.rglob("*") if path.is_file() and given not in path.parents]
        return "\n".join(path.read_bytes().decode("utf-8", "replace") for path in written)


def ended(process: subprocess.Popen[str]) -> Run:
    """Wait for a command's end."""
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    return Run(process.returncode, out, err)


def lay_out(folder: Path) -> Template:
    """Make the template: services with what is there before, the file with what is wanted, and the plan."""
    state = folder / "sandbox.json"
    project_folder = folder / "project"
    (project_folder / "home").mkdir(parents=True)
    with running(state=state, limits=NO_LIMITS, timing=QUICK) as sandbox:
        project = Project(project_folder, sandbox)
        made = scene()
        for key, value in made.after.items():
            path = project.folder / source_of(key)
            path.parent.mkdir(exist_ok=True)
            path.write_text(value, encoding="utf-8", newline="")
        project.write("services.yaml", made.document)
        for service in SERVICES:
            own = {**made.before, **made.undeclared}.items()
            service_id = project.service(
                service, {key.name: v for key, v in own if key.service == service and not key.is_file}
            )
            for key, value in own:
                if key.service == service and key.is_file:
                    project.api("PUT", f"/services/{service_id}/secret-files/{key.name}", {"content": value})
        planned = project.reconcile("plan", "-o", PLAN)
        assert planned.code == 0, planned.err
        assert len(json.loads((project.folder / PLAN).read_text())["resource_changes"]) >= len(made.steps)
    shutil.rmtree(project.folder / ".reconcile", ignore_errors=True)
    return Template(project.folder, state)


@contextmanager
def staged(template: Template, folder: Path, environ: dict[str, str]) -> Iterator[Stage]:
    """Set one stage up from the template; its sandbox and proxy end with the block."""
    state = folder / "sandbox.json"
    shutil.copy(template.state, state)
    shutil.copytree(template.folder, folder / "project")
    with running(state=state, limits=NO_LIMITS, timing=QUICK) as sandbox:
        # The template's clock ran ahead while its services were made: without this, its deploys would be in the future.
        sandbox.workspace.clock.advance(600)
        names = {service.id: service.name for service in sandbox.workspace.services}
        with proxying(sandbox.root, names) as proxy:
            yield Stage(folder / "project", sandbox, dict(environ), proxy=proxy)
