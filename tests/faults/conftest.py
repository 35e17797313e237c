"""Stages for the tests of faults, the stores they journal to, and what is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.counts import Counts
from tests.faults.stage import Stage, Template, lay_out, staged
from tests.store.postgres_server import PostgresServer, programs, running_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytest.register_assert_rewrite("tests.faults.checks")


@pytest.fixture
def counts(request: pytest.FixtureRequest) -> Counts:
    node = request.node
    assert isinstance(node, pytest.Item)
    return Counts(node)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return lay_out(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    bin_folder = programs()
    if bin_folder is None:
        pytest.skip("needs PostgreSQL's server (Debian package postgresql) for initdb and pg_ctl")
    with running_server(bin_folder) as running:
        yield running


@pytest.fixture
def store() -> str:
    """Which store the apply journals to; a test may be parametrised with it."""
    return "sqlite"


@pytest.fixture
def stage(template: Template, tmp_path: Path, store: str, request: pytest.FixtureRequest) -> Iterator[Stage]:
    environ = {}
    if store == "postgresql":
        server: PostgresServer = request.getfixturevalue("server")
        environ["RECONCILE_STORE_URL"] = server.url(server.new_database())
    with staged(template, tmp_path, environ) as stage:
        yield stage
