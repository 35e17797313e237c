"""Sealing: what was kept comes back byte for byte, for its own run and address and under its own key only."""

from __future__ import annotations

import secrets

import pytest

from reconciler.domain.address import Address
from reconciler.domain.value import Sealed, Secret
from reconciler.errors import StoreError
from reconciler.planning.fingerprint import plan_key
from reconciler.planning.sealing import SealingKey

HERE = Address.parse("production/worker/KEY")
ELSEWHERE = Address.parse("production/worker/OTHER")
KEY = SealingKey(Secret(secrets.token_urlsafe(32)))


@pytest.mark.parametrize(
    "text",
    ["", "a", "both \r\n line ends\n", "naïve 🐘 \u200d", "half a pair \ud83d", "x" * 65536, "=$#'\"\\"],
    ids=["empty", "short", "lines", "emoji", "surrogate", "64 KB", "signs"],
)
def test_a_value_comes_back_as_it_was(text: str) -> None:
    sealed = KEY.seal(Secret(text), 7, HERE)

    assert KEY.unseal(sealed, 7, HERE).reveal() == text
    assert len(text) < 2 or text not in sealed


def test_sealing_twice_never_shows_that_two_values_are_equal() -> None:
    assert KEY.seal(Secret("same"), 7, HERE) != KEY.seal(Secret("same"), 7, HERE)


@pytest.mark.parametrize(
    ("key", "run", "address"),
    [
        (SealingKey(Secret(secrets.token_urlsafe(32))), 7, HERE),
        (KEY, 8, HERE),
        (KEY, 7, ELSEWHERE),
        (KEY, 7, Address.parse("production/worker/files/KEY")),
        (KEY, 7, Address.parse("staging/worker/KEY")),
    ],
    ids=["another key", "another run", "another variable", "a file of that name", "another environment"],
)
def test_it_is_read_under_its_key_and_in_its_place_only(key: SealingKey, run: int, address: Address) -> None:
    value = secrets.token_hex(16)
    sealed = KEY.seal(Secret(value), 7, HERE)

    with pytest.raises(StoreError, match="cannot be read") as caught:
        key.unseal(sealed, run, address)

    assert value not in str(caught.value)
    assert caught.value.__cause__ is None


def test_every_change_to_it_is_noticed() -> None:
    sealed = KEY.seal(Secret(secrets.token_hex(16)), 7, HERE)

    for place in range(0, len(sealed) - 1, 5):
        other = "A" if sealed[place] != "A" else "B"
        with pytest.raises(StoreError):
            KEY.unseal(Sealed(sealed[:place] + other + sealed[place + 1 :]), 7, HERE)
    for broken in ("", "é", sealed[:-8], sealed + "AAAA", "\ud800"):
        with pytest.raises(StoreError):
            KEY.unseal(Sealed(broken), 7, HERE)


def test_fingerprints_and_seals_of_one_key_have_nothing_in_common() -> None:
    material = Secret(secrets.token_urlsafe(32))
    value = Secret(secrets.token_hex(16))

    sealed = SealingKey(material).seal(value, 7, HERE)

    assert plan_key(material).fingerprint(value) not in sealed
    assert value.reveal() not in repr(SealingKey(material)) + sealed
