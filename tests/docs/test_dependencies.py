"""docs/dependencies.md justifies each dependency of pyproject.toml, and no other."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.docs.markdown import ROOT, sections

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PAGE = ROOT / "docs" / "dependencies.md"

REQUIREMENTS = {
    "Run time": PROJECT["project"]["dependencies"],
    "Extras": [each for extra in PROJECT["project"]["optional-dependencies"].values() for each in extra],
    "Development": PROJECT["dependency-groups"]["dev"],
    "Build": PROJECT["build-system"]["requires"],
}

_ROW = re.compile(r"^\| *`([^`]+)` *\| *(\S.*?) *\|$", re.MULTILINE)


def name_of(requirement: str) -> str:
    found = re.match(r"[\w.-]+", requirement)
    assert found
    return found.group()


@pytest.mark.parametrize("heading", REQUIREMENTS)
def test_each_dependency_has_its_reason(heading: str) -> None:
    (body,) = [body for title, body in sections(PAGE.read_text(encoding="utf-8")) if title == heading]
    reasons = dict(_ROW.findall(body))
    assert sorted(reasons) == sorted({name_of(requirement) for requirement in REQUIREMENTS[heading]})
