"""Runs one command of reconcile in a step of GitHub's Actions: inputs from variables, outputs into $GITHUB_OUTPUT.

In place of a shell script, in which an input could become a command. Only the standard library and `reconcile` itself.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shlex
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

COUNTING = frozenset({"plan", "drift", "diff"})
"""Commands that exit with 2 where there are changes, if they are told to."""
ON_A_PLAN = frozenset({"apply", "approve", "show"})
"""Commands whose first word may be a plan file."""
WITH_TOKEN = frozenset({"apply", "approve", "comment"})
"""Commands that speak with GitHub; `drift` does with `--issue`. No other one gets the job's token."""
ROOT = Path(__file__).resolve().parents[3]
"""Where the revision lies that this file is of; nothing of it is built or installed."""
FROM_FOLDER = """
import runpy, sys
sys.path.insert(0, sys.argv.pop(1))
runpy.run_module("reconciler", run_name="__main__", alter_sys=True)
"""
TOKEN = "GITHUB_TOKEN"  # noqa: S105 — a variable's name
CHANGES = 2
UNUSABLE = 1
RESULT = ".result.json"
_LONGEST_SUMMARY = 300
_NAME = re.compile(r"\w[\w.-]*")


class UnusableInputError(Exception):
    """An input of the action cannot be used; the message says which one."""


@dataclass(frozen=True, slots=True)
class Call:
    """One command of reconcile, and the files that it leaves."""

    verb: str
    arguments: tuple[str, ...]
    plan: Path | None
    """The plan file that it makes or is given."""
    result: Path | None
    """Where its result is kept for the comment."""

    @classmethod
    def of_inputs(cls) -> Call:
        """Read the inputs; raises `UnusableInputError`."""
        try:
            verb, *rest = shlex.split(_input("COMMAND"))
        except ValueError:
            raise UnusableInputError("`command` is empty, or a quote in it is not closed") from None
        environments = _input("ENVIRONMENTS").split()
        if not all(_NAME.fullmatch(name) for name in environments):
            raise UnusableInputError("`environments` has something in it that is no environment's name")
        scope = [f"--env={name}" for name in environments]
        counting = ["--detailed-exitcode"] if verb in COUNTING and "--detailed-exitcode" not in rest else []
        plan = result = None
        out: list[str] = []
        if verb == "plan":
            plan = _out(rest)
            if plan is None:
                plan = Path(f"{'-'.join(environments) or 'all'}.plan.json")
                out = [f"--out={plan}"]
        elif verb in ON_A_PLAN and rest and not rest[0].startswith("-"):
            plan = Path(rest[0])
            if verb == "apply" and _wants_comment():
                result = plan.with_name(plan.name + RESULT)
                out = ["--format=json"]
        if _wants_comment() and (plan is None or verb not in {"plan", "apply"}):
            raise UnusableInputError("`comment` is for `plan`, and for `apply` with a plan file as its first word")
        arguments = (f"--file={_input('FILE')}", *rest, *scope, *counting, *out)
        return cls(verb, arguments, plan, result)


def main() -> int:
    """Run the command, then the comment; return the step's exit code."""
    try:
        call = Call.of_inputs()
    except UnusableInputError as error:
        print(f"Error: the input {error}", file=sys.stderr)  # noqa: T201 — a program of its own
        return UNUSABLE
    if call.verb == "plan" and call.plan is not None:
        # What lies there from before must not pass for what is made now.
        call.plan.unlink(missing_ok=True)
    code, said = _reconcile(call.verb, *call.arguments, keep=call.result)
    step = 0 if call.verb in COUNTING and code == CHANGES else code
    _write_outputs(call, code, said)
    if _wants_comment() and call.plan is not None and call.plan.exists():
        posted, _ = _reconcile("comment", str(call.plan), f"--file={_input('FILE')}", *_outcome(call.result))
        step = step or posted
    return step


def _reconcile(*arguments: str, keep: Path | None = None) -> tuple[int, str]:
    """Run a command, its output passed on as it comes; return its exit code and the last line that it printed."""
    # Isolated: no file of the working directory is taken for a module.
    is_own = _input("VERSION") in {"", "."}
    program = ["-c", FROM_FOLDER, str(ROOT)] if is_own else ["-m", "reconciler"]
    command = [sys.executable, "-I", *program, *arguments]
    last = ""
    kept = bytearray()
    environment = dict(os.environ)
    if arguments[0] not in WITH_TOKEN and "--issue" not in arguments:
        # A reference to it in services.yaml (`env://GITHUB_TOKEN`) finds nothing.
        environment.pop(TOKEN, None)
    running = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)  # noqa: S603 — this Python, no shell

    def pass_on(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 — a signal handler's signature
        running.send_signal(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, pass_on)
    assert running.stdout is not None  # noqa: S101 — it was asked for
    for line in running.stdout:
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
        kept += line if keep is not None else b""
        last = line.decode(errors="replace").strip() or last
    code = running.wait()
    if keep is not None:
        keep.write_bytes(kept)
    return code, last


def _write_outputs(call: Call, code: int, said: str) -> None:
    document = _plan_document(call.plan)
    values = {
        "exit-code": str(code),
        "changes": {0: "false", CHANGES: "true"}.get(code, "") if call.verb in COUNTING else "",
        "plan": str(call.plan) if document else "",
        "digest": str(document.get("digest", "")),
        "summary": _summary(call, document, said),
    }
    # A delimiter that nobody can know beforehand: no value can end early and go on as another output.
    end = f"end-{secrets.token_hex(16)}"
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as outputs:
        outputs.writelines(f"{name}<<{end}\n{value}\n{end}\n" for name, value in values.items())


def _summary(call: Call, document: dict[str, object], said: str) -> str:
    counts = document.get("summary")
    if call.verb == "plan" and isinstance(counts, dict):
        done = f"{counts['add']} to add, {counts['change']} to change, {counts['destroy']} to destroy"
        return f"{done}, {counts['errors']} check errors, {counts['warnings']} warnings"
    if call.result is not None:
        return _applied(call.result)
    return "".join(each if each.isprintable() else " " for each in said)[:_LONGEST_SUMMARY]


def _outcome(result: Path | None) -> list[str]:
    """Return what the comment is told of the result: where it is, or that an apply ended without one."""
    if result is None:
        return []
    return [f"--result={result}"] if _applied(result) else ["--no-result"]


def _applied(path: Path) -> str:
    try:
        result = json.loads(path.read_bytes())
    except ValueError:
        return ""
    steps = [step["status"] for service in result["services"] for step in service["steps"]]
    return (
        f"{steps.count('done')} of {len(steps)} writes done, {'all is well' if result['succeeded'] else 'not finished'}"
    )


def _plan_document(path: Path | None) -> dict[str, object]:
    if path is None or not path.exists():
        return {}
    try:
        document = json.loads(path.read_bytes())
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _out(words: list[str]) -> Path | None:
    """Return what `-o` or `--out` names among a command's words."""
    for index, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in {"-o", "--out"}:
            return Path(value) if equals else Path(*words[index + 1 : index + 2])
    return None


def _wants_comment() -> bool:
    return _input("COMMENT") == "true"


def _input(name: str) -> str:
    return os.environ.get(f"INPUT_{name}", "")


sys.exit(main())
