"""What a process of its own does with a store: `python -m tests.store.process VERB URL [NAME]`.

It prints a line for each thing it did, and then waits for a line, or for its end.
"""

from __future__ import annotations

import sys

from reconciler.domain.outcome import StepStatus
from reconciler.errors import LeaseLostError, LockHeldError, PlanAlreadyAppliedError
from reconciler.store import open_store
from tests.store.plans import intent, plan_of, variable


def open_at_once(url: str, _name: str) -> None:
    say("ready")
    with open_store(url) as store:
        say(str(len(store.journal.runs())))


def lock(url: str, name: str) -> None:
    """Take a lock when told to, and keep it."""
    with open_store(url) as store:
        say("ready")
        try:
            store.locks.acquire([name], "racer", lease_seconds=60)
        except LockHeldError:
            say("held")
        else:
            say("mine")
        sys.stdin.readline()


def wait_for_lock(url: str, name: str) -> None:
    """Wait for a lock that somebody holds."""
    with open_store(url) as store:
        say("ready")
        store.locks.acquire([name], "waiter", lease_seconds=60, wait_seconds=30)
        say("mine")


def lock_then_wait(url: str, name: str) -> None:
    """Take a lock for a moment, and live on without ever checking it."""
    with open_store(url) as store:
        store.locks.acquire([name], "sleeper", lease_seconds=1)
        say("mine")


def check_when_told(url: str, name: str) -> None:
    """Take a lock for a moment, and check it when told to, however late that is."""
    check_lease(url, name, 1)


def check_long_lease_when_told(url: str, name: str) -> None:
    check_lease(url, name, 600)


def check_lease(url: str, name: str, lease_seconds: float) -> None:
    with open_store(url) as store:
        lease = store.locks.acquire([name], "sleeper", lease_seconds=lease_seconds)
        say("mine")
        sys.stdin.readline()
        try:
            lease.check()
        except LeaseLostError as error:
            say(f"lost: {error.message}")
        else:
            say("still mine")


def consume(url: str, name: str) -> None:
    """Apply the plan of that id when told to."""
    with open_store(url) as store:
        address = variable("LOG_LEVEL")
        run_id = store.journal.begin(plan_of(address, plan_id=name), "racer", ())
        say("ready")
        try:
            store.journal.intend(run_id, intent(address))
        except PlanAlreadyAppliedError:
            say("refused")
        else:
            say("mine")


def be_killed(url: str, name: str) -> None:
    """Write one variable, and be killed while the second is on its way and the third is still to come."""
    with open_store(url) as store:
        first, second, third = variable("FIRST"), variable("SECOND"), variable("THIRD")
        run_id = store.journal.begin(plan_of(first, second, third, plan_id=name), "bob@example.com", ("carol",))
        store.locks.acquire([name], "bob@example.com", lease_seconds=1)
        store.journal.settle(store.journal.intend(run_id, intent(first)), StepStatus.DONE)
        store.journal.intend(run_id, intent(second))
        say(str(run_id))


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
    if line == "ready":
        sys.stdin.readline()


VERBS = {
    verb.__name__: verb
    for verb in (
        open_at_once,
        lock,
        wait_for_lock,
        lock_then_wait,
        check_when_told,
        check_long_lease_when_told,
        consume,
        be_killed,
    )
}

if __name__ == "__main__":
    VERBS[sys.argv[1]](sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "")
    sys.stdin.readline()
