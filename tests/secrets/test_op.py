"""`op://` against a stand-in for 1Password's program, which takes what `op read` takes and says what it says."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from reconciler.domain.definition import SecretRef
from reconciler.domain.unresolved import Cause, Unresolved
from reconciler.domain.value import Secret
from reconciler.secrets import attempts
from tests.secrets.facing import asked, values_of_all_kinds

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PROGRAM = """#!{python}
import json, os, pathlib, sys, time
here = pathlib.Path(__file__).parent
with (here / "calls").open("a") as calls:
    calls.write(json.dumps([sys.argv[1:], sorted(os.environ)]) + "\\n")
told = json.loads((here / "told.json").read_text())
if "complaint" in told:
    sys.exit("[ERROR] 2026/11/23 12:00:00 could not read secret '" + sys.argv[-1] + "': " + told["complaint"])
while "hang" in told:
    time.sleep(1)
assert sys.argv[1:-1] == ["read", "--no-newline"]
if sys.argv[-1] not in told["secrets"]:
    sys.exit("[ERROR] 2026/11/23 12:00:00 could not read secret: \\"x\\" isn't an item in the \\"v\\" vault")
sys.stdout.buffer.write(told["secrets"][sys.argv[-1]].encode("latin-1"))
"""


class OnePassword:
    """A program `op` that does as it is told."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        program = folder / "op"
        program.write_text(PROGRAM.format(python=sys.executable))
        program.chmod(0o755)

    def told(self, **what: object) -> None:
        (self._folder / "told.json").write_text(json.dumps(what))

    def holds(self, secrets: Mapping[str, bytes]) -> None:
        self.told(secrets={reference: content.decode("latin-1") for reference, content in secrets.items()})

    @property
    def environ(self) -> Mapping[str, str]:
        return {"PATH": str(self._folder), "RENDER_API_KEY": "", "RECONCILE_PLAN_KEY": ""}

    @property
    def calls(self) -> list[tuple[list[str], list[str]]]:
        path = self._folder / "calls"
        return [tuple(json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def program(tmp_path: Path) -> OnePassword:
    (tmp_path / "bin").mkdir()
    return OnePassword(tmp_path / "bin")


def op(path: str, pointer: str | None = None, **parameters: str) -> SecretRef:
    return SecretRef("op", path, tuple(parameters.items()), pointer)


def problem(folder: Path, environ: Mapping[str, str], reference: SecretRef) -> Unresolved:
    answer = asyncio.run(asked(folder, environ, reference))[reference]
    assert isinstance(answer, Unresolved), answer
    assert answer.message.startswith(f"{reference}: ")
    return answer


def test_values_come_byte_for_byte_each_by_one_call_without_our_keys(program: OnePassword, folder: Path) -> None:
    values = values_of_all_kinds()
    program.holds(
        {f"op://Prod Vault/api.{name}/login/password": text.encode() for name, text in values.items()}
        | {"op://v/i/code?attribute=otp": b"123"}
    )
    expected = {op(f"Prod Vault/api.{name}/login/password"): Secret(text) for name, text in values.items()}
    expected |= {op("Prod Vault/api.json/login/password", "/a"): Secret("1.10")}
    expected |= {op("v/i/code", attribute="otp"): Secret("123")}

    assert asyncio.run(asked(folder, program.environ, *expected)) == expected
    assert len(program.calls) == len(values) + 1
    assert not any({"RENDER_API_KEY", "RECONCILE_PLAN_KEY"} & set(environ) for _, environ in program.calls)


@pytest.mark.parametrize("path", ["v/i", "v/i/s/f/x", "v/$HOME/f", "v/ü/f", "v//f"])
def test_references_that_make_no_sense_are_refused_unasked(program: OnePassword, folder: Path, path: str) -> None:
    assert problem(folder, program.environ, op(path)).cause is Cause.FAILED
    assert program.calls == []


COMPLAINTS = {
    'error resolving secret: "x" isn\'t a vault in this account': (Cause.MISSING, "no such vault", 1),
    'item "x" does not have a field "y"': (Cause.MISSING, "no such vault", 1),
    "You are not currently signed in": (Cause.FORBIDDEN, "OP_SERVICE_ACCOUNT_TOKEN", 1),
    "No accounts configured for use with 1Password CLI": (Cause.FORBIDDEN, "OP_SERVICE_ACCOUNT_TOKEN", 1),
    "(403) Forbidden: you do not have permission": (Cause.FORBIDDEN, "may not read it", 1),
    "Too many requests. Your client has been rate limited": (Cause.FAILED, "throttles", 3),
    "dial tcp: lookup my.1password.com: no such host": (Cause.FAILED, "cannot be reached", 3),
    "x509: certificate signed by unknown authority": (Cause.FAILED, "not trusted", 1),
    "something new": (Cause.FAILED, "run it by hand", 1),
}


@pytest.mark.parametrize("complaint", COMPLAINTS)
def test_each_failure_is_told_apart_and_only_passing_ones_are_tried_again(
    program: OnePassword, folder: Path, complaint: str
) -> None:
    cause, words, calls = COMPLAINTS[complaint]
    program.told(complaint=complaint)
    found = problem(folder, program.environ, op("v/i/f"))
    assert found.cause is cause
    assert words in found.message
    assert complaint not in found.message
    assert len(program.calls) == calls


def test_a_name_in_a_complaint_is_not_taken_for_the_complaint(program: OnePassword, folder: Path) -> None:
    program.told(complaint='error resolving secret: "certificate" isn\'t an item in the "network timeout" vault')
    assert problem(folder, program.environ, op("network timeout/certificate/f")).cause is Cause.MISSING


def test_what_is_no_text_or_not_there_is_said_so(program: OnePassword, folder: Path) -> None:
    program.holds({"op://v/i/f": b"\xff\xfe"})
    assert "not text" in problem(folder, program.environ, op("v/i/f")).message
    assert problem(folder, program.environ, op("v/i/g")).cause is Cause.MISSING


def test_a_program_that_waits_for_somebody_is_stopped(
    program: OnePassword, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "ATTEMPT_SECONDS", 0.5)
    program.told(hang=True)
    assert "did not answer" in problem(folder, program.environ, op("v/i/f")).message


def test_without_the_program_it_is_said_what_to_install(folder: Path) -> None:
    assert "install version 2 or newer" in problem(folder, {"PATH": os.devnull}, op("v/i/f")).message
