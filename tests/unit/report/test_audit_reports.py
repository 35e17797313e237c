"""Reports of audits: any number of environments in eighty columns, and nothing of other people's making acts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from click import unstyle

from reconciler.domain.address import Address, Kind, Owner
from reconciler.domain.finding import Finding, Severity
from reconciler.domain.matrix import Audit, Cell, State, Unread, Verdict
from reconciler.domain.plan import Scope
from reconciler.report.audit_html import audit_html
from reconciler.report.audit_markdown import audit_markdown
from reconciler.report.audit_text import audit_text

HOSTILE = "<script>alert(1)</script>|`\x1b[2J\n::error::x"
ENVIRONMENTS = tuple(f"environment-{letter}" for letter in "abcdefgh")
KEYS = ("A", "A_KEY_WHOSE_NAME_IS_LONGER_THAN_THE_COLUMN_THAT_IT_IS_IN", "B.c-d")


def audit() -> Audit:
    owners = tuple(Owner(name, service="api") for name in ENVIRONMENTS)
    cells = tuple(Cell(Address(owner, Kind.ENV_VAR, key), State.MISSING) for owner in owners for key in KEYS)
    return Audit(datetime(2026, 11, 24, tzinfo=UTC), Scope(ENVIRONMENTS), owners, cells, ())


def test_many_environments_wrap_within_eighty_columns() -> None:
    lines = unstyle(audit_text(audit())).splitlines()
    assert max(map(len, lines)) <= 80
    assert all(any(name in line for line in lines) for name in ENVIRONMENTS)
    assert sum(line.count("missing") for line in lines[:-1]) == len(ENVIRONMENTS) * len(KEYS)
    assert all(any(line.split() and line.split()[0] == key for line in lines) for key in KEYS)


def test_text_of_other_peoples_making_does_nothing() -> None:
    owner = Owner("staging", service=HOSTILE)
    hostile = replace(
        audit(),
        findings=(Finding("RC101", HOSTILE, Severity.ERROR, HOSTILE, Address(owner, Kind.ENV_VAR, HOSTILE)),),
        owners=(owner,),
        cells=(Cell(Address(owner, Kind.ENV_VAR, HOSTILE), State.WRONG),),
        unread=(Unread(HOSTILE, HOSTILE),),
        against=HOSTILE,
        comparisons=(Finding("RC211", "x", Severity.WARNING, HOSTILE, fix=HOSTILE),),
    )
    page, markdown, text = audit_html(hostile), audit_markdown(hostile), audit_text(hostile)
    assert page.count("<script>") == 1
    assert "<script>" not in markdown.replace("`", "").split("####")[1]
    for said in (page, markdown, unstyle(text)):
        assert "\x1b" not in said
        assert "\n::error" not in said


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"cells": ()}, Verdict.OK),
        ({}, Verdict.WARNINGS),
        ({"findings": (Finding("RC201", "missing", Severity.ERROR, "missing"),)}, Verdict.ERRORS),
        (
            {"findings": (Finding("RC201", "missing", Severity.ERROR, "missing"),), "unread": (Unread("api", "403"),)},
            Verdict.INCOMPLETE,
        ),
    ],
)
def test_what_was_not_seen_is_never_good(changes: dict[str, tuple[object, ...]], verdict: Verdict) -> None:
    assert replace(audit(), **changes).verdict is verdict  # type: ignore[arg-type]  # fields by their names
