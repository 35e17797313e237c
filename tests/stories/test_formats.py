"""The formats of findings and plans that other programs read: SARIF for code scanning, HTML for a browser."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.stories.conftest import Project

HOSTILE = "</style></td><script>alert(1)</script><img src=x onerror=y>&lt;b>\"'"
CONTRACT = f"""\
    version: 1
    environments:
      staging: {{workspace: tea-d1example0example0ex}}
    services:
      worker:
        render: worker
        variables:
          NEW: one
          LEVEL: '{HOSTILE.replace("'", "''")}'
          OLD: {{absent: true}}
          LISTEN: {{type: port, external: true}}
"""


class Page(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture
def planned(project: Project) -> Project:
    project.write("services.yaml", CONTRACT)
    project.service("worker", {"LEVEL": "debug", "OLD": "1", "MINE": "x"})
    return project


def test_a_page_shows_the_whole_plan_and_runs_nothing(planned: Project) -> None:
    made = planned.reconcile("plan", "-o", "p.json", "--format", "html")
    shown = planned.reconcile("show", "p.json", "--format", "html")
    page = Page(made.out)
    words = "".join(page.words)

    assert (made.code, shown.code) == (1, 0)
    assert {*page.tags} == {
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "table", "thead", "tbody", "tr", "th", "td",
        "code", "span", "br", "footer",
    } - ({"br"} if "br" not in page.tags else set())  # fmt: skip
    assert page.attributes == {"lang", "charset", "name", "content", "http-equiv", "class"}
    for said in (
        "staging/worker/NEW",
        "staging/worker/OLD",
        "declared absent",
        HOSTILE[:50],
        "RC002",
        "services.yaml:11:7",
    ):
        assert said in words
    assert "Plan: 1 to add, 1 to change, 1 to destroy." in words
    assert "prefers-color-scheme: dark" in made.out
    assert {*Page(shown.out).tags} == {*page.tags}


def test_findings_stand_in_code_scanning_where_they_are(planned: Project) -> None:
    made = planned.reconcile("plan", "-o", "p.json", "--format", "sarif")
    shown = planned.reconcile("show", "p.json", "--format", "sarif")
    document = json.loads(made.out)
    (run,) = document["runs"]
    # Rules warn of the port of a worker, too.
    (result,) = [each for each in run["results"] if each["level"] == "error"]

    assert (made.code, shown.code) == (1, 0)
    assert shown.out == made.out
    assert document["version"] == "2.1.0"
    assert run["tool"]["driver"]["name"] == "reconcile"
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "RC002"
    assert result["level"] == "error"
    assert result["message"]["text"].startswith("staging/worker/LISTEN: ")
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "services.yaml"},
                "region": {"startLine": 11, "startColumn": 7},
            },
            "logicalLocations": [{"fullyQualifiedName": "staging/worker/LISTEN"}],
        }
    ]


def test_mistakes_of_a_file_are_told_to_people_and_programs(planned: Project) -> None:
    valid = {form: planned.reconcile("validate", "--format", form) for form in ("text", "json", "sarif")}
    planned.write("a folder/services.yaml", CONTRACT.replace("absent: true", "absnt: true"))
    wrong = {form: planned.reconcile("-f", "a folder/services.yaml", "validate", "--format", form) for form in valid}

    assert [run.code for run in (*valid.values(), *wrong.values())] == [0, 0, 0, 1, 1, 1]
    assert json.loads(valid["json"].out) == {
        "format_version": "1.0", "file": "services.yaml", "valid": True, "problems": [], "checks": [],
    }  # fmt: skip
    assert json.loads(valid["sarif"].out)["runs"][0]["results"] == []
    assert wrong["text"].out == ""
    assert len({run.err for run in wrong.values()}) == 1
    problems = json.loads(wrong["json"].out)["problems"]
    assert problems[0]["location"] == {"file": "a folder/services.yaml", "line": 10, "column": 13}
    results = json.loads(wrong["sarif"].out)["runs"][0]["results"]
    assert len(results) == len(problems)
    assert results[0]["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "a%20folder/services.yaml"}
