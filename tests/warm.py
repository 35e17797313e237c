"""The real command, forked from a process that has its imports behind it: what the stories run.

A short command spends most of its time on importing pydantic, httpx and the rest, and the stories run some thousand.
So one fresh interpreter imports what the commands import, and each command runs in a fork of it, with arguments,
environment, folder and standard streams of its own: `python -m reconciler` from its first line to its exit code. That
a command starts from nothing and finds its imports is shown by the tests that start a process of their own: those of
the demo, the README, kills, interruptions and terminals.
"""

from __future__ import annotations

import array
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pydantic import BaseModel, TypeAdapter

from reconciler.cli.main import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parents[1]
STREAMS = 3


def run_warm(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], stdin: str, seconds: float
) -> tuple[int, str, str]:
    """Run `reconcile` with these arguments; return its exit code and what it said on two streams.

    Raises `TimeoutError` where it takes longer than that many seconds; it is killed then.
    """
    asked = {"arguments": list(arguments), "folder": str(folder), "environment": dict(environment)}
    with (
        tempfile.TemporaryFile() as typed,
        _Pipe() as out,
        _Pipe() as err,
        ThreadPoolExecutor(2) as readers,
        socket.socket(socket.AF_UNIX) as line,
    ):
        typed.write(stdin.encode())
        typed.seek(0)
        line.settimeout(seconds)
        line.connect(_server())
        fds = array.array("i", [typed.fileno(), out.into, err.into])
        line.sendmsg([b"\0"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
        with line.makefile("rwb") as talk:
            talk.write(json.dumps(asked).encode() + b"\n")
            talk.flush()
            pid = int(talk.readline())
            texts = [readers.submit(pipe.text) for pipe in (out, err)]
            try:
                code = int(talk.readline())
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                raise
        return code, texts[0].result(), texts[1].result()


class _Pipe:
    """A pipe, as a command has it whose output another program takes."""

    def __enter__(self) -> Self:
        self._out_of, self.into = os.pipe()
        self._is_open = True
        return self

    def text(self) -> str:
        """Return all that comes through, line ends as `subprocess` gives them with `text=True`."""
        self._close()
        with os.fdopen(self._out_of, encoding="utf-8") as stream:
            return stream.read()

    def _close(self) -> None:
        """Leave the command as the only one that holds the other end."""
        if self._is_open:
            os.close(self.into)
            self._is_open = False

    def __exit__(self, *_: object) -> None:
        self._close()


@cache
def _server() -> str:
    """Start this worker's server, and return the path of its socket; it ends when the worker does."""
    folder = tempfile.mkdtemp(prefix="warm")
    path = f"{folder}/socket"
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "LANG", "LC_ALL") if name in os.environ}
    serving = subprocess.Popen(
        [sys.executable, "-m", "tests.warm", path],
        cwd=ROOT,
        env={"LANG": "C.UTF-8", **kept, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert serving.stdout is not None
    assert serving.stdout.readline() == b"ready\n"
    _kept.append(serving)
    return path


_kept: list[subprocess.Popen[bytes]] = []
"""So that its standard input stays open as long as this worker lives."""


def _serve(path: str) -> None:
    """Answer until standard input ends."""
    for name in (*COMMANDS, "store", "ready"):
        importlib.import_module(f"reconciler.cli.{name}")
    for name in ("reconciler.store", "reconciler.workflows.apply", "sqlalchemy.dialects.sqlite", "rich.progress"):
        importlib.import_module(name)
    _build_shapes()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(64)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while sys.stdin not in select.select([listening, sys.stdin], [], [])[0]:
            line, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                _attend(line)
                return
            line.close()
    Path(path).unlink()
    Path(path).parent.rmdir()


def _build_shapes() -> None:
    """Build what pydantic puts off to its first use: once, in place of once a command."""
    waiting = BaseModel.__subclasses__()
    while waiting:
        model = waiting.pop()
        if model.__module__.startswith("reconciler."):
            model.model_rebuild()
        waiting += model.__subclasses__()
    for each in gc.get_objects():
        if isinstance(each, TypeAdapter):
            each.rebuild()


def _attend(line: socket.socket) -> None:
    """Run one command in a process of its own, and tell how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _, fds, _, _ = socket.recv_fds(line, 1, STREAMS)
    with line.makefile("rwb") as talk:
        asked = json.loads(talk.readline())
        if (pid := os.fork()) == 0:
            line.detach()
            _become(fds, **asked)
        talk.write(f"{pid}\n".encode())
        talk.flush()
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        talk.write(f"{status}\n".encode())
    os._exit(0)


def _become(fds: list[int], arguments: list[str], folder: str, environment: dict[str, str]) -> None:
    """Be `python -m reconciler` with these arguments; never returns."""
    for number, fd in enumerate(fds):
        os.dup2(fd, number)
    os.closerange(STREAMS, max(fds) + 1000)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.stdin = open(0, encoding="utf-8", errors="surrogateescape")  # noqa: SIM115 — as long as the process
    sys.stdout = open(1, "w", encoding="utf-8")  # noqa: SIM115 — as long as the process
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1)  # noqa: SIM115 — as long as the process
    sys.argv = ["reconcile", *arguments]
    runpy.run_module("reconciler", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _serve(sys.argv[1])
