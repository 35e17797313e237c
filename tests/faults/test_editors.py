"""Somebody edits the same services while an apply runs: only an edit within one request's window can be overwritten."""

from __future__ import annotations

import itertools
import json
import re
import secrets
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.faults.checks import core_of
from tests.faults.points import IS_SOAK, writes_of
from tests.faults.rule import Rule
from tests.faults.scene import SERVICES, Key
from tests.faults.stage import PLAN, Stage
from tests.stories.test_secrecy import forms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.counts import Counts
    from tests.stories.conftest import Run

EDITED = "mailer"
ROUNDS = 12 if IS_SOAK else 2


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit that was made; `at` is its place in the proxy's order."""

    key: Key
    value: str
    at: int


@dataclass
class Editor:
    """Somebody with an API key of the same workspace, who goes past the proxy but keeps to its order."""

    stage: Stage
    edits: list[Edit] = field(default_factory=list)

    def set(self, key: Key) -> None:
        """Change a key to something new."""
        value = f"theirs-{secrets.token_hex(12)} \n"
        service = self.stage.id_of(key.service)
        part = "secret-files" if key.is_file else "env-vars"
        body = {"content" if key.is_file else "value": value}

        def put() -> None:
            self.stage.api("PUT", f"/services/{service}/{part}/{key.name}", body)

        self.edits.append(Edit(key, value, self.stage.proxy.in_turn(put)))

    def last(self, key: Key) -> Edit | None:
        return next((edit for edit in reversed(self.edits) if edit.key == key), None)


@contextmanager
def busy(editor: Editor, keys: list[Key], *, rounds: int | None = None) -> Iterator[None]:
    """Let the editor change keys, one after the other, for as long as the block runs or so many times."""
    over = threading.Event()

    def edit() -> None:
        for count, key in enumerate(itertools.cycle(keys)):
            if over.is_set() or count == rounds:
                return
            editor.set(key)
            editor.stage.proxy.await_traffic()

    thread = threading.Thread(target=edit)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def apply_beside(stage: Stage) -> Run:
    stage.proxy.is_serial = True
    run = stage.run_through("apply", PLAN, "--format", "json")
    stage.proxy.await_quiet()
    return run


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_undeclared_keys_that_somebody_keeps_changing_survive_to_the_byte(
    stage: Stage, turn: int, counts: Counts
) -> None:
    editor = Editor(stage)
    with busy(editor, sorted(stage.scene.undeclared)[turn % 4 :]):
        run = apply_beside(stage)
    counts.add("edits raced", len(editor.edits))

    assert run.code == 0, run.out + run.err
    assert len(editor.edits) > 10
    held = stage.held()
    wanted = {**stage.scene.after, **stage.scene.undeclared}
    wanted |= {edit.key: edit.value for edit in editor.edits}
    lost = [key for key, value in wanted.items() if held.get(key) != value]
    counts.add("values lost", len(lost))
    assert held == wanted


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_of_edits_to_declared_keys_only_those_between_our_read_and_our_write_are_overwritten(
    stage: Stage, turn: int, counts: Counts
) -> None:
    editor = Editor(stage)
    begin = Rule("GET */env-vars/*", occurrence=1 + turn, before=lambda: None)
    stage.proxy.arm(begin)
    contested = sorted(key for key in stage.scene.after if key.service == EDITED)
    with editing_from(begin, editor, secrets.SystemRandom().sample(contested, len(contested))):
        run = apply_beside(stage)

    expect_only_window_overwritten(editor, run, counts)
    check_no_value(run, editor, counts)


@contextmanager
def editing_from(begin: Rule, editor: Editor, keys: list[Key]) -> Iterator[None]:
    """Let the editor begin when a request of the apply's is made, and change each key once."""

    def edit() -> None:
        if begin.reached.wait(60):
            with busy(editor, keys, rounds=len(keys)):
                stop.wait(60)

    stop = threading.Event()
    thread = threading.Thread(target=edit)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def expect_only_window_overwritten(editor: Editor, run: Run, counts: Counts) -> None:
    """Expect each edit to be there at the end, unless our write fell between our own read of that key and the edit."""
    held, lost, in_window = editor.stage.held(), 0, 0
    for edit in editor.edits:
        if editor.last(edit.key) != edit or held.get(edit.key) == edit.value:
            continue
        read, write = our_last(editor.stage, "GET", edit.key), our_last(editor.stage, "PUT", edit.key)
        was_in_window = read is not None and write is not None and read < edit.at < write
        in_window += was_in_window
        lost += not was_in_window
    counts.add("edits raced", len(editor.edits))
    counts.add("edits in the unavoidable window", in_window)
    counts.add("values lost", lost)
    assert lost == 0
    succeeded = {service["address"] for service in json.loads(run.out)["services"] if service["succeeded"]}
    seen = [
        edit
        for edit in editor.edits
        if held.get(edit.key) == edit.value and edit.at < last_look(editor.stage, edit.key)
    ]
    assert {f"staging/{name}" for name in SERVICES} - succeeded == ({f"staging/{EDITED}"} if seen else set())
    assert run.code == (4 if seen else 0)


def last_look(stage: Stage, key: Key) -> int:
    """When the apply last read a key, by its name or with all others."""
    labels = {f"GET {key.path}", f"GET {key.path.rpartition('/')[0]}"}
    return max(each.answered or 0 for each in stage.proxy.log if each.request.label in labels)


def our_last(stage: Stage, method: str, key: Key) -> int | None:
    """When the last such request of the apply's was carried out."""
    label = f"{method} {key.path}"
    return next((each.answered for each in reversed(stage.proxy.log) if each.request.label == label), None)


def check_no_value(run: Run, editor: Editor, counts: Counts) -> None:
    """Check that neither our values nor theirs are in the output."""
    text = run.out + run.err
    values = [*editor.stage.scene.values, *(edit.value for edit in editor.edits)]
    leaked = [
        value.partition("-")[0] for value in values if any(form in text for form in [*forms(value), core_of(value)])
    ]
    counts.add("values leaked", len(leaked))
    assert not leaked


@pytest.mark.parametrize("name", ["UPDATED_2", "CREATED_3", "updated.txt"])
def test_an_edit_just_before_our_read_stops_that_service_and_names_both_fingerprints(
    stage: Stage, name: str, counts: Counts
) -> None:
    editor, key = Editor(stage), Key(EDITED, name, is_file=name.endswith(".txt"))
    stage.proxy.arm(Rule(f"GET {key.path}", before=lambda: editor.set(key)))

    run = apply_beside(stage)

    counts.add("edits raced")
    assert run.code == 4
    assert stage.held()[key] == editor.edits[0].value
    assert stage.proxy.passed_on(f"PUT {key.path}") == 0
    services = {service["address"]: service for service in json.loads(run.out)["services"]}
    (conflict,) = [step for step in services[f"staging/{EDITED}"]["steps"] if step["status"] == "conflict"]
    saw = "nothing" if key not in stage.scene.before else r"\(secret [0-9a-f]{8}\)"
    assert re.search(rf"the plan saw {saw}, Render now has \(secret [0-9a-f]{{8}}\)", conflict["detail"])
    assert [name for name in SERVICES if not services[f"staging/{name}"]["succeeded"]] == [EDITED]
    assert stage.proxy.passed_on(f"POST {EDITED}/deploys") == 0
    check_no_value(run, editor, counts)


def test_an_edit_between_our_read_and_our_write_is_the_only_one_that_cannot_be_seen(
    stage: Stage, counts: Counts
) -> None:
    editor, key = Editor(stage), Key(EDITED, "UPDATED_2")
    stage.proxy.arm(Rule(f"PUT {key.path}", before=lambda: editor.set(key)))

    run = apply_beside(stage)

    expect_only_window_overwritten(editor, run, counts)
    assert run.code == 0
    assert stage.held()[key] == stage.scene.after[key]


@pytest.mark.parametrize("point", writes_of(EDITED)[2:5:2], ids=str)
def test_an_edit_just_after_our_write_is_kept_and_told(stage: Stage, point: object, counts: Counts) -> None:
    editor = Editor(stage)
    label = getattr(point, "label", "")
    key = Key(EDITED, label.rpartition("/")[2])
    stage.proxy.arm(Rule(label, after=lambda: editor.set(key)))

    run = apply_beside(stage)

    expect_only_window_overwritten(editor, run, counts)
    assert run.code == 4
    assert stage.held()[key] == editor.edits[0].value
    assert "it was written, and somebody has changed it since" in run.out
    check_no_value(run, editor, counts)
