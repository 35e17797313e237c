"""Running the sandbox: in a thread for tests and the demo, or until somebody stops it.

It listens on 127.0.0.1 only: it holds no real secret, but neither does it ask who pulls its strings.
"""

from __future__ import annotations

import asyncio
import errno
import secrets
import signal
import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn

from reconciler.errors import UsageError
from reconciler.sandbox import state_file
from reconciler.sandbox.application import application
from reconciler.sandbox.connection import BreakableConnection
from reconciler.sandbox.rate_limit import RENDER_LIMITS
from reconciler.sandbox.record import ApiKey
from reconciler.sandbox.scenarios import SCENARIOS, WORKSPACE_ID, Beginning, Scenario
from reconciler.sandbox.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from types import FrameType

    from reconciler.sandbox.deploy import Timing
    from reconciler.sandbox.gateway import Gateway
    from reconciler.sandbox.rate_limit import Limit

_HOST = "127.0.0.1"
_PATIENCE = 30.0
"""Seconds to wait for the server's thread to start or stop; reached only if something is broken."""


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """A sandbox that answers."""

    root: str
    """`http://127.0.0.1:PORT`."""
    api_key: str
    """Opens every workspace; made up at start-up."""
    workspace: Workspace
    """The state, for a look from inside while no request is under way."""
    scenario: Scenario
    """What the sandbox began as, with the right secrets."""

    @property
    def url(self) -> str:
        """Return the base address of the API, to be used instead of Render's."""
        return f"{self.root}/v1"

    @property
    def control_url(self) -> str:
        """Return the base address of the control endpoints."""
        return f"{self.root}/control"

    @property
    def owner_id(self) -> str:
        """Return the id of the workspace that every scenario has."""
        return WORKSPACE_ID


@contextmanager
def running(
    scenario: str | Beginning = "empty",
    *,
    port: int = 0,
    state: Path | None = None,
    limits: Mapping[str, Limit] = RENDER_LIMITS,
    timing: Timing | None = None,
) -> Iterator[RunningSandbox]:
    """Run a sandbox for the length of a `with` block.

    `scenario` is the name of one, or what fills the workspace. Port 0 takes a free one. A `state` file that exists is
    gone on with, whatever the scenario; it is written after every request that may have changed something. `limits` are
    Render's own; `NO_LIMITS` switches them off.
    """
    workspace, listener = Workspace(), _listen(port)
    root = workspace.public_url = f"http://{_HOST}:{listener.getsockname()[1]}"
    try:
        story, api_key = _begin(workspace, scenario, state)
    except BaseException:
        listener.close()
        raise
    if timing:
        workspace.timing = timing

    def changed() -> None:
        if state:
            state_file.save(state, workspace, story, api_key)

    changed()
    with _served(application(workspace, limits, changed), listener):
        yield RunningSandbox(root, api_key, workspace, story)
    changed()


def serve(
    scenario: str | Beginning = "empty",
    *,
    port: int = 0,
    state: Path | None = None,
    secrets_dir: Path | None = None,
    ready: Callable[[RunningSandbox], None] = lambda _: None,
) -> None:
    """Run a sandbox until SIGINT or SIGTERM; call it from the main thread.

    `ready` is called once it answers. `secrets_dir` gets `<environment>.env` files with the scenario's right secrets.
    """
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 — a signal handler's signature
        stop.set()

    with running(scenario, port=port, state=state) as sandbox:
        if secrets_dir:
            sandbox.scenario.write_dotenv(secrets_dir)
        previous = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            ready(sandbox)
            stop.wait()
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)


def _begin(workspace: Workspace, scenario: str | Beginning, state: Path | None) -> tuple[Scenario, str]:
    begin = SCENARIOS.get(scenario) if isinstance(scenario, str) else scenario
    if begin is None:
        raise UsageError(f"unknown scenario: {scenario}", remedy=f"choose one of: {', '.join(SCENARIOS)}")
    if state and state.exists():
        return state_file.load(state, workspace)
    # Prefixed so that nobody takes it for a key of Render's, which begin otherwise.
    api_key = f"sandbox-{secrets.token_hex(16)}"
    workspace.keys[api_key] = ApiKey(api_key, "sandbox@example.com", owners=None)
    return begin(workspace), api_key


def _listen(port: int) -> socket.socket:
    # Named as TCP, or asyncio leaves Nagle's algorithm on, which costs 40 ms an answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_HOST, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno in {errno.EADDRINUSE, errno.EACCES}:
            reason = "is already in use" if error.errno == errno.EADDRINUSE else "is not allowed"
            raise UsageError(f"port {port} on {_HOST} {reason}", remedy="choose another one, or 0") from error
        raise
    return listener


class _Server(uvicorn.Server):
    """uvicorn's server that tells when it answers, and stops at once instead of at the next tick."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answers = threading.Event()
        self._stopping = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self.answers.set()

    async def main_loop(self) -> None:
        await self._stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Without uvicorn's grace period: whoever ends a sandbox has had their answers, and a test suite ends hundreds.
        for listening in self.servers:
            listening.close()
        for each in sockets or []:
            each.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # One turn of the loop, in which the aborted connections learn that they are lost.
        await asyncio.sleep(0)

    def stop(self) -> None:
        if self._loop:
            # The loop is closed already when the thread died; then there is nothing to stop.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._stopping.set)


@contextmanager
def _served(app: Gateway, listener: socket.socket) -> Iterator[None]:
    config = uvicorn.Config(
        app,
        http=BreakableConnection,
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
    )
    server = _Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="sandbox", daemon=True)
    thread.start()
    if not server.answers.wait(_PATIENCE):
        raise RuntimeError("the sandbox did not start")
    try:
        yield
    finally:
        server.stop()
        thread.join(_PATIENCE)
        listener.close()
