"""`env://NAME`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import Problem
from reconciler.secrets import SecretStores

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reconciler.domain.definition import SecretRef
    from tests.secrets.conftest import Resolve


def test_a_variable_comes_byte_for_byte(fetch: Resolve, value: str) -> None:
    text = f" {value}$HOME='\"\\\r\n😀\n\n"
    assert fetch("env://TOKEN", environ={"TOKEN": text}) == text


def test_a_missing_variable_is_a_problem_with_the_nearest_name(problem: Resolve, value: str) -> None:
    assert "did you mean `OPENAI_API_KEY`?" in problem("env://OPENAI_API_KY", environ={"OPENAI_API_KEY": value})


def test_an_own_key_is_never_suggested(problem: Resolve, value: str) -> None:
    assert "did you mean" not in problem("env://RENDER_API_KE", environ={"RENDER_API_KEY": value})


def test_an_empty_variable_is_a_problem(problem: Resolve) -> None:
    assert "empty" in problem("env://TOKEN", environ={"TOKEN": ""})


@pytest.mark.parametrize("name", ["RENDER_API_KEY", "RECONCILE_PLAN_KEY", "render_api_key"])
def test_the_own_keys_are_refused(problem: Resolve, value: str, name: str) -> None:
    assert "own key" in problem(f"env://{name}", environ={name: value})


def test_keys_that_environments_name_are_refused_too(
    folder: Path, reference: Callable[[str], SecretRef], value: str
) -> None:
    stores = SecretStores(folder, {"PRODUCTION_KEY": value}, own_keys={"PRODUCTION_KEY"})
    wanted = reference("env://PRODUCTION_KEY")
    found = asyncio.run(stores.resolve([wanted]))[wanted]
    assert isinstance(found, Problem)
    assert "own key" in found.message


def test_bytes_that_are_not_utf_8_are_a_problem(problem: Resolve, value: str) -> None:
    raw = value.encode() + b"\xff\xfe"
    assert "UTF-8" in problem("env://TOKEN", environ={"TOKEN": raw.decode("utf-8", "surrogateescape")})


@pytest.mark.parametrize("text", ["env://TOKEN#/part", "env://TOKEN?trim=false", "env://"])
def test_what_env_does_not_take_is_a_problem(problem: Resolve, value: str, text: str) -> None:
    problem(text, environ={"TOKEN": value})


def test_more_than_a_mebibyte_is_a_problem(problem: Resolve) -> None:
    assert "1 MiB" in problem("env://TOKEN", environ={"TOKEN": "é" * (512 * 1024) + "x"})
