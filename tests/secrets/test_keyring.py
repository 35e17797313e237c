"""`keyring://`: the library over a backend of the test's own, since no machine of CI has a keyring."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringError, KeyringLocked, NoKeyringError

from reconciler.domain.definition import SecretRef
from reconciler.domain.unresolved import Cause, Unresolved
from reconciler.domain.value import Secret
from tests.secrets.facing import asked, values_of_all_kinds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Memory(KeyringBackend):
    """A keyring for as long as the test."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # the library's
        self.passwords: dict[tuple[str, str], str] = {}
        self.failure: Exception | None = None
        self.asked = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        if self.failure is not None:
            raise self.failure
        return self.passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.passwords[service, username] = password


@pytest.fixture
def memory() -> Iterator[Memory]:
    before = keyring.get_keyring()
    backend = Memory()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


def ref(path: str, pointer: str | None = None) -> SecretRef:
    return SecretRef("keyring", path, (), pointer)


def problem(folder: Path, reference: SecretRef) -> Unresolved:
    answer = asyncio.run(asked(folder, {}, reference))[reference]
    assert isinstance(answer, Unresolved), answer
    assert answer.message.startswith(f"{reference}: ")
    return answer


def test_values_come_byte_for_byte(memory: Memory, folder: Path) -> None:
    values = values_of_all_kinds()
    for name, text in values.items():
        keyring.set_password("navigator/staging", name, text)
    expected = {ref(f"navigator/staging/{name}"): Secret(text) for name, text in values.items()}
    expected |= {ref("navigator/staging/json", "/a"): Secret("1.10")}
    assert asyncio.run(asked(folder, {}, *expected)) == expected
    assert memory.asked == len(values)


def test_what_is_not_there_is_missing(memory: Memory, folder: Path) -> None:
    assert problem(folder, ref("navigator/nobody")).cause is Cause.MISSING
    assert problem(folder, ref("navigator")).cause is Cause.FAILED
    assert memory.asked == 1


@pytest.mark.parametrize(
    ("failure", "cause", "words"),
    [
        (KeyringLocked("x"), Cause.FORBIDDEN, "unlock it"),
        (NoKeyringError("x"), Cause.FAILED, "no keyring that can be used"),
        (KeyringError("it quotes a value"), Cause.FAILED, "keyring get"),
        (ValueError("it quotes a value"), Cause.FAILED, "keyring get"),
    ],
)
def test_each_failure_is_told_apart(memory: Memory, folder: Path, failure: Exception, cause: Cause, words: str) -> None:
    memory.failure = failure
    found = problem(folder, ref("navigator/x"))
    assert found.cause is cause
    assert words in found.message
    assert "quotes" not in found.message
