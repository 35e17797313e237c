"""Secret stores over a folder of the test's own, and values made at run time."""

from __future__ import annotations

import asyncio
import logging
import secrets
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qsl

import pytest

from reconciler.domain.definition import SecretRef
from reconciler.domain.value import Secret
from reconciler.errors import Problem
from reconciler.secrets import SecretStores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path


class Resolve(Protocol):
    def __call__(self, text: str, *, environ: Mapping[str, str] | None = None, allow_outside: bool = False) -> str: ...


@pytest.fixture
def value() -> str:
    return secrets.token_urlsafe(24)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "project"
    made.mkdir()
    return made


@pytest.fixture
def reference() -> Callable[[str], SecretRef]:
    """Take a reference apart, as far as these tests need it."""

    def parse(text: str) -> SecretRef:
        scheme, _, rest = text.partition("://")
        rest, hash_sign, pointer = rest.partition("#")
        path, _, query = rest.partition("?")
        return SecretRef(scheme, path, tuple(parse_qsl(query)), pointer if hash_sign else None)

    return parse


@pytest.fixture
def answer(folder: Path, reference: Callable[[str], SecretRef]) -> Callable[..., Secret | Problem]:
    def resolve(
        text: str, *, environ: Mapping[str, str] | None = None, allow_outside: bool = False
    ) -> Secret | Problem:
        stores = SecretStores(folder, environ or {}, allow_outside=allow_outside)
        wanted = reference(text)
        return asyncio.run(stores.resolve([wanted]))[wanted]

    return resolve


@pytest.fixture
def fetch(answer: Callable[..., Secret | Problem]) -> Resolve:
    """Return the value, which must be one."""

    def fetch(text: str, *, environ: Mapping[str, str] | None = None, allow_outside: bool = False) -> str:
        found = answer(text, environ=environ, allow_outside=allow_outside)
        assert isinstance(found, Secret), found
        return found.reveal()

    return fetch


@pytest.fixture
def problem(answer: Callable[..., Secret | Problem], value: str) -> Resolve:
    """Return the problem's text, which must be one, name the reference and not show the test's value."""

    def problem(text: str, *, environ: Mapping[str, str] | None = None, allow_outside: bool = False) -> str:
        found = answer(text, environ=environ, allow_outside=allow_outside)
        assert isinstance(found, Problem), found
        assert found.location is None
        assert text in found.message
        assert value not in found.message
        return found.message

    return problem


@pytest.fixture(autouse=True)
def loggers_that_speak() -> Iterator[None]:
    """Undo what the stores do to loggers for the rest of a process: another test asks whether they leak."""
    yield
    for name in list(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        logger.disabled = False
        if logger.level > logging.CRITICAL:
            logger.setLevel(logging.NOTSET)
