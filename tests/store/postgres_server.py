"""A PostgreSQL server of the tests' own: a fresh cluster in a temporary folder, reached by a socket in it."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNSAFE_BUT_QUICK = "-c fsync=off -c full_page_writes=off -c max_connections=200 -c listen_addresses="


class PostgresServer:
    """A running server; each test has a database to itself."""

    def __init__(self, folder: Path, password: str) -> None:
        self.folder = folder
        self.password = password

    def url(self, database: str, *, user: str = "reconcile", password: str | None = None) -> str:
        word = quote(self.password if password is None else password, safe="")
        return f"postgresql://{user}:{word}@/{database}?host={self.folder}"

    def execute(self, statement: str, database: str = "postgres") -> None:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement.encode())

    def disconnect_all(self, database: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (database,))

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Stop every process of the server for a while: it neither answers nor refuses, as behind a dead network."""
        postmaster = int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            rows = connection.execute("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()").fetchall()
        stopped = [postmaster, *(pid for (pid,) in rows)]
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)

    def new_database(self) -> str:
        name = f"test_{secrets.token_hex(6)}"
        self.execute(f"CREATE DATABASE {name}")
        return name


def programs() -> Path | None:
    """Find the newest `initdb` and its neighbours, which Debian keeps out of PATH."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    found = shutil.which("initdb") or (folders[-1] if folders else None)
    return Path(found).parent if found else None


@contextmanager
def running_server(bin_folder: Path) -> Iterator[PostgresServer]:
    """Run a server whose one role needs a password that looks like trouble in a URL."""
    folder = Path(tempfile.mkdtemp(prefix="reconcile-pg-"))
    user = _unprivileged()
    password = f"{secrets.token_urlsafe(12)}/?#%:@ ü"
    try:
        word = folder / "password"
        word.write_text(password, encoding="utf-8")
        if user is not None:
            shutil.chown(folder, user)
            shutil.chown(word, user)
        data = folder / "data"

        def run(program: str, *arguments: str) -> None:
            command = [str(bin_folder / program), "-D", str(data), *arguments]
            done = subprocess.run(
                command, user=user, cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
            )
            assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"

        authentication = ("--auth=scram-sha-256", "--username=reconcile", f"--pwfile={word}")
        run("initdb", *authentication, "--encoding=UTF8", "--no-locale", "--no-sync")
        log = str(folder / "log")
        run("pg_ctl", "start", "--wait", "--log", log, "-o", f"-k {folder} {_UNSAFE_BUT_QUICK}")
        try:
            yield PostgresServer(folder, password)
        finally:
            run("pg_ctl", "stop", "--wait", "--mode=immediate")
    finally:
        shutil.rmtree(folder)


def _unprivileged() -> str | None:
    """Return whom to become: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in known)
