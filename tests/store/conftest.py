"""Stores of the tests' own, in SQLite and in a real PostgreSQL, and processes that share them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from reconciler.store import Store, open_store
from tests.store.postgres_server import PostgresServer, programs, running_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 30


class Spawn(Protocol):
    def __call__(self, verb: str, name: str = "") -> subprocess.Popen[str]: ...


class SpawnAt(Protocol):
    def __call__(self, url: str, verb: str, name: str = "") -> subprocess.Popen[str]: ...


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    bin_folder = programs()
    if bin_folder is None:
        pytest.skip("needs PostgreSQL's server (Debian package postgresql) for initdb and pg_ctl")
    with running_server(bin_folder) as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a store that is not there yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/.reconcile/journal.db"
    server: PostgresServer = request.getfixturevalue("server")
    return server.url(server.new_database())


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with open_store(url) as opened:
        yield opened


@pytest.fixture
def spawn_at() -> Iterator[SpawnAt]:
    """Start processes that use some store, and end them with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(url: str, verb: str, name: str = "") -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.store.process", verb, url, name],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def spawn(url: str, spawn_at: SpawnAt) -> Spawn:
    """Start processes that use the same store as the test."""
    return partial(spawn_at, url)


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Look again and again until something is so."""

    def wait(is_so: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_so():
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.02)

    return wait


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def kill(process: subprocess.Popen[str]) -> None:
    """End a process as a crash would: it can do nothing more."""
    process.send_signal(signal.SIGKILL)
    process.wait()


@contextmanager
def unprivileged() -> Iterator[None]:
    """Be nobody for a while where the tests run as root, whom no mode of a file keeps out."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
