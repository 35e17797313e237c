"""The store that `RECONCILE_STORE_URL` names: opened to write by an apply, to read by everything else."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING

from reconciler.errors import LeaseLostError, RefusedError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager
    from datetime import timedelta
    from pathlib import Path

    from reconciler.cli.settings import Settings
    from reconciler.domain.plan import Permissions
    from reconciler.ports import JournalReader, Lease
    from reconciler.store import Store

STORE_URL = "RECONCILE_STORE_URL"
DEFAULT_FILE = ".reconcile/journal.db"
"""Beside `services.yaml`."""
DEFAULT_URL = f"sqlite:///{DEFAULT_FILE}"

LEASE_SECONDS = 60.0
"""How long a lock outlives a holder who died. Longer than the longest request, which begins with most of it left."""


def store(settings: Settings) -> Store:
    """Open the store for an apply; raises `StoreError` unless it can be read and written."""
    from reconciler.store import open_store  # noqa: PLC0415 — SQLAlchemy is loaded only where there is a store

    return open_store(_url(), folder=settings.file.parent)


def journal(settings: Settings) -> AbstractContextManager[JournalReader | None]:
    """Open the journal for reading; nothing where no apply has made one yet."""
    if _url() == DEFAULT_URL and not _exists(settings.file.parent / DEFAULT_FILE):
        return nullcontext()
    from reconciler.store import read_journal  # noqa: PLC0415 — SQLAlchemy is loaded only where there is a journal

    return read_journal(_url(), folder=settings.file.parent)


def _exists(path: Path) -> bool:
    """Tell whether anything is there; what cannot be looked at may be, and reading it says what is wrong."""
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True


def _url() -> str:
    return os.environ.get(STORE_URL) or DEFAULT_URL


def require_lasting(opened: Store, protected: Iterable[str], permissions: Permissions) -> None:
    """Refuse to apply to a protected environment in CI with a store that goes away with the machine.

    Without a store that others see, the locks keep nobody out and the plan could be applied again.
    """
    names = " and ".join(protected)
    if names and os.environ.get("CI") == "true" and not opened.is_shared and not permissions.ephemeral_store:
        raise RefusedError(
            f"{names} is protected, and {opened.name} goes away with this CI job: its locks keep nobody out, and what "
            "it says of this apply is lost",
            remedy=f"set {STORE_URL} to a PostgreSQL database, or make the plan with --ephemeral-store",
        )


@contextmanager
def locked(opened: Store, names: Iterable[str], owner: str, timeout: timedelta) -> Iterator[Lease]:
    """Hold locks while the block runs; raises `LockHeldError` that says who else does, once the timeout is over.

    The lease is renewed in a thread of its own, so that it lasts through a question to a person and a long deploy.
    """
    lease = opened.locks.acquire(names, owner, lease_seconds=LEASE_SECONDS, wait_seconds=timeout.total_seconds())
    over = threading.Event()

    def renew() -> None:
        while not over.wait(LEASE_SECONDS / 3):
            # Whoever is about to write asks for itself, and hears of it there.
            with suppress(StoreError, LeaseLostError):
                lease.check()

    renewing = threading.Thread(target=renew, name="lease", daemon=True)
    renewing.start()
    try:
        yield lease
    finally:
        over.set()
        renewing.join()
        # Where it cannot be released it ends by itself.
        with suppress(StoreError):
            lease.release()
