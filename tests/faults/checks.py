"""What must hold after any fault: nothing lost, nothing leaked, nothing false, and the rest can be done."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.faults.scene import SERVICES, Key
from tests.stories.test_secrecy import forms

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.faults.counts import Counts
    from tests.faults.stage import Stage
    from tests.stories.conftest import Run


def check_nothing_lost(stage: Stage, counts: Counts) -> set[Key]:
    """Check that each key is exactly as before or as planned, and the rest to the byte; return what remains to do."""
    scene, held = stage.scene, stage.held()
    lost = [key for key, value in scene.undeclared.items() if held.get(key) != value]
    lost += [
        key
        for key in {*scene.before, *scene.after}
        if held.get(key) not in {scene.before.get(key), scene.after.get(key)}
    ]
    counts.add("values lost", len(lost))
    assert not lost
    assert held.keys() <= {*scene.before, *scene.after, *scene.undeclared}
    return {key for key in scene.steps if held.get(key) != scene.after.get(key)}


def check_nothing_leaked(stage: Stage, runs: Iterable[Run], counts: Counts) -> None:
    """Check that no value is in any output or file, in any of the forms that text takes."""
    text = "\n".join([*(run.out + run.err for run in runs), stage.files()])
    leaked = [value.partition("-")[0] for value in stage.scene.values for form in forms(value) if form in text]
    leaked += [value.partition("-")[0] for value in stage.scene.values if core_of(value) in text]
    counts.add("values leaked", len(leaked))
    assert not leaked


def core_of(value: str) -> str:
    """The part of a made-up value that no escaping changes."""
    return value.partition("-")[2][:24]


def expect_remainder(stage: Stage, remainder: set[Key], file: str) -> Run:
    """Expect a new plan, which is written to `file`, to be exactly what remains, deploys that are owed included."""
    remaining = {name for name in SERVICES if any(key.service == name for key in remainder)}
    written = {label.partition(" ")[2].partition("/")[0] for label in stage.written()}
    owed = {name for name in written if not is_rolled_out(stage, name)}
    run = stage.reconcile("plan", "-o", file, "--format", "json")
    assert run.code == 0, run.err
    document = json.loads(run.out)
    assert pending(document) == {key.address: stage.scene.action(key) for key in remainder}
    assert {deploy["address"] for deploy in document["deploys"]} == {f"staging/{name}" for name in remaining | owed}
    return run


def expect_repaired(stage: Stage, file: str, counts: Counts) -> list[Run]:
    """Expect the new plan to finish the work, and the one after it to find nothing to do."""
    applied = stage.reconcile("apply", file)
    assert applied.code == 0, applied.out + applied.err
    assert check_nothing_lost(stage, counts) == set()
    after = stage.reconcile("plan", "--format", "json")
    assert after.code == 0, after.err
    document = json.loads(after.out)
    assert (pending(document), document["deploys"]) == ({}, [])
    return [applied, after]


def check_each_request_once(stage: Stage) -> None:
    """Check that over all applies the sandbox got each write and each deploy once, and nothing else was changed."""
    scene = stage.scene
    verbs = {"delete": "DELETE", "create": "PUT", "update": "PUT"}
    wanted = {f"{verbs[scene.action(key)]} {key.path}": 1 for key in scene.steps}
    assert stage.written() == wanted | {f"POST {name}/deploys": 1 for name in SERVICES}
    assert all(is_rolled_out(stage, name) for name in SERVICES)


def expect_applied_once(stage: Stage, plan: str) -> Run:
    """Expect a plan of which anything was begun to be refused, and nothing to be written by it."""
    before = stage.writes()
    run = stage.reconcile("apply", plan)
    assert run.code == 3, run.out + run.err
    assert "was applied already" in run.err
    assert stage.writes() == before
    return run


def check_result(stage: Stage, run: Run) -> None:
    """Check that a result, given as JSON, claims nothing that is not so, and that its exit code is by docs/cli.md."""
    held, scene = stage.held(), stage.scene
    by_address = {key.address: key for key in scene.steps}
    document: dict[str, Any] = json.loads(run.out)
    for service in document["services"]:
        for step in service["steps"]:
            key = by_address[step["address"]]
            match step["status"]:
                case "done":
                    assert held.get(key) == scene.after.get(key), step
                case "failed" | "not_attempted" | "conflict":
                    assert held.get(key) == scene.before.get(key), step
                case status:
                    assert status == "unknown"
        if service["deploy"]["result"] in {"live", "live_by_another"}:
            assert is_rolled_out(stage, service["address"].partition("/")[2])
    finished = all(held.get(key) == scene.after.get(key) for key in scene.steps)
    rolled_out = all(is_rolled_out(stage, name) for name in SERVICES)
    assert document["succeeded"] is (run.code == 0)
    match run.code:
        case 0:
            assert finished
            assert rolled_out
        case 1:
            assert stage.written() == {}
        case code:
            assert code in {4, 130}
            assert stage.written() != {} or code == 130


def is_rolled_out(stage: Stage, service: str) -> bool:
    """Whether a deploy that came after the service's last write is live."""
    lines = [line for line in stage.writes() if line.split("/")[3] == stage.id_of(service)]
    return bool(lines) and lines[-1].endswith("/deploys") and stage.deploys_of(service)[-1].finished_as == "live"


def pending(plan: dict[str, Any]) -> dict[str, str]:
    """The addresses that a plan would write, and how."""
    actions = {change["address"]: change["change"]["actions"][0] for change in plan["resource_changes"]}
    return {address: action for address, action in actions.items() if action != "no-op"}
