from __future__ import annotations

import os
import signal
import socket
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import LeaseLostError, LockHeldError
from reconciler.store import Store, open_store
from tests.store.conftest import go, kill, line_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.store.conftest import Spawn

LONG = 600


def test_of_processes_that_race_for_a_lock_exactly_one_gets_it(store: Store, spawn: Spawn) -> None:
    racers = [spawn("lock", "production") for _ in range(4)]
    assert [line_of(racer) for racer in racers] == ["ready"] * 4
    for racer in racers:
        go(racer)
    answers = [line_of(racer) for racer in racers]
    assert sorted(answers) == ["held", "held", "held", "mine"]
    winner = racers[answers.index("mine")]
    assert [(lock.name, lock.owner, lock.pid) for lock in store.locks.locks()] == [("production", "racer", winner.pid)]


def test_the_loser_is_told_who_holds_it_since_when_where_and_until_when(store: Store) -> None:
    store.locks.acquire(["production", "staging"], "alice@example.com", lease_seconds=LONG)
    (held, _) = store.locks.locks()
    with pytest.raises(LockHeldError) as caught:
        store.locks.acquire(["production"], "bob@example.com", lease_seconds=LONG)
    message = caught.value.message
    assert f"production is locked by alice@example.com (process {os.getpid()} on {socket.gethostname()})" in message
    assert f"since {held.acquired_at:%Y-%m-%d %H:%M:%S} UTC" in message
    assert f"ends at {held.expires_at:%Y-%m-%d %H:%M:%S} UTC" in message
    assert caught.value.exit_code == 3
    assert (held.expires_at - held.acquired_at).total_seconds() == pytest.approx(LONG, abs=1)


def test_all_locks_are_taken_or_none(store: Store) -> None:
    store.locks.acquire(["b"], "alice", lease_seconds=LONG)
    with pytest.raises(LockHeldError, match="b is locked by alice"):
        store.locks.acquire(["c", "b", "a"], "bob", lease_seconds=LONG)
    assert [lock.name for lock in store.locks.locks()] == ["b"]


def test_every_lock_that_is_in_the_way_is_named(store: Store) -> None:
    store.locks.acquire(["a"], "alice", lease_seconds=LONG)
    store.locks.acquire(["b"], "carol", lease_seconds=LONG)
    with pytest.raises(LockHeldError, match=r"(?s)a is locked by alice.*b is locked by carol"):
        store.locks.acquire(["a", "b"], "bob", lease_seconds=LONG)


def test_locks_come_sorted_and_once(store: Store) -> None:
    lease = store.locks.acquire(["b", "a", "b"], "alice", lease_seconds=LONG)
    assert lease.names == ("a", "b")
    lease.check()


def test_a_released_lock_is_free(store: Store) -> None:
    with store.locks.acquire(["production"], "alice", lease_seconds=LONG) as lease:
        lease.check()
    assert store.locks.locks() == ()
    store.locks.acquire(["production"], "bob", lease_seconds=LONG)


def test_releasing_takes_nothing_from_who_came_after(store: Store) -> None:
    lost = store.locks.acquire(["production"], "alice", lease_seconds=LONG)
    store.locks.break_lock("production")
    store.locks.acquire(["production"], "bob", lease_seconds=LONG)
    lost.release()
    assert [lock.owner for lock in store.locks.locks()] == ["bob"]


def test_a_dead_holders_lease_expires_and_is_taken_over(store: Store, spawn: Spawn) -> None:
    holder = spawn("lock_then_wait", "production")
    assert line_of(holder) == "mine"
    kill(holder)
    lease = store.locks.acquire(["production"], "bob", lease_seconds=LONG, wait_seconds=30)
    lease.check()
    assert [lock.owner for lock in store.locks.locks()] == ["bob"]


def test_a_process_that_slept_past_its_lease_is_told_so_when_it_goes_on(store: Store, spawn: Spawn) -> None:
    sleeper = spawn("check_when_told", "production")
    assert line_of(sleeper) == "mine"
    sleeper.send_signal(signal.SIGSTOP)
    lease = store.locks.acquire(["production"], "bob", lease_seconds=LONG, wait_seconds=30)
    sleeper.send_signal(signal.SIGCONT)
    go(sleeper)
    assert line_of(sleeper).startswith("lost: the lock was lost: production (now held by bob, process")
    lease.check()


def test_a_process_whose_lock_was_broken_is_told_so(store: Store, spawn: Spawn) -> None:
    holder = spawn("check_long_lease_when_told", "production")
    assert line_of(holder) == "mine"
    broken = store.locks.break_lock("production")
    assert broken is not None
    assert (broken.owner, broken.pid) == ("sleeper", holder.pid)
    go(holder)
    assert line_of(holder) == "lost: the lock was lost: production (it ran out, or somebody broke it)"
    assert store.locks.locks() == ()


def test_a_process_that_nobody_took_a_lock_from_still_has_it(store: Store, spawn: Spawn) -> None:
    holder = spawn("check_long_lease_when_told", "production")
    assert line_of(holder) == "mine"
    with pytest.raises(LockHeldError, match="production is locked by sleeper"):
        store.locks.acquire(["production"], "bob", lease_seconds=LONG)
    go(holder)
    assert line_of(holder) == "still mine"


def test_who_waits_for_a_lock_gets_it_once_it_is_released(store: Store, spawn: Spawn) -> None:
    lease = store.locks.acquire(["production"], "alice", lease_seconds=LONG)
    waiter = spawn("wait_for_lock", "production")
    assert line_of(waiter) == "ready"
    go(waiter)
    lease.release()
    assert line_of(waiter) == "mine"
    assert [lock.pid for lock in store.locks.locks()] == [waiter.pid]


def test_waiting_for_a_lock_ends(store: Store) -> None:
    store.locks.acquire(["production"], "alice", lease_seconds=LONG)
    with pytest.raises(LockHeldError, match="locked by alice"):
        store.locks.acquire(["production"], "bob", lease_seconds=LONG, wait_seconds=0.3)


def test_a_lease_that_ran_out_is_lost_even_where_nobody_took_it(
    store: Store, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    lease = store.locks.acquire(["production"], "alice", lease_seconds=0.1)
    eventually(lambda: store.locks.locks()[0].is_expired)
    with pytest.raises(LeaseLostError, match="production"):
        lease.check()


def test_a_lease_that_somebody_took_over_is_lost_and_says_to_whom(
    store: Store, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    lease = store.locks.acquire(["production", "staging"], "alice", lease_seconds=0.1)
    eventually(lambda: all(lock.is_expired for lock in store.locks.locks()))
    store.locks.acquire(["staging"], "bob", lease_seconds=LONG)
    with pytest.raises(LeaseLostError, match=r"staging \(now held by bob"):
        lease.check()


def test_a_broken_lock_is_lost(store: Store) -> None:
    lease = store.locks.acquire(["production"], "alice", lease_seconds=LONG)
    broken = store.locks.break_lock("production")
    assert broken is not None
    assert (broken.owner, broken.pid, broken.is_expired) == ("alice", os.getpid(), False)
    with pytest.raises(LeaseLostError, match="broke it"):
        lease.check()


def test_there_is_nothing_to_break_where_nobody_holds_a_lock(store: Store) -> None:
    assert store.locks.break_lock("production") is None


def test_checking_renews_a_lease_once_a_third_of_it_is_over(
    store: Store, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    lease = store.locks.acquire(["production"], "alice", lease_seconds=3)
    (taken,) = store.locks.locks()
    lease.check()
    assert store.locks.locks() == (taken,)

    def is_renewed() -> bool:
        lease.check()
        return store.locks.locks() != (taken,)

    eventually(is_renewed)
    (renewed,) = store.locks.locks()
    assert renewed.acquired_at == taken.acquired_at
    assert (renewed.heartbeat_at - taken.heartbeat_at).total_seconds() >= 1
    assert renewed.expires_at - renewed.heartbeat_at == taken.expires_at - taken.heartbeat_at


def test_a_lock_outlives_the_store_that_took_it(url: str) -> None:
    with open_store(url) as store:
        store.locks.acquire(["production"], "alice", lease_seconds=LONG)
    with open_store(url) as again, pytest.raises(LockHeldError):
        again.locks.acquire(["production"], "alice", lease_seconds=LONG)


def test_names_that_no_database_could_keep_are_kept_in_another_form(store: Store) -> None:
    store.locks.acquire(["production"], "al\0ice \udc80", lease_seconds=LONG)
    assert [lock.owner for lock in store.locks.locks()] == ["al\\x00ice \\udc80"]
