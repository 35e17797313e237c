"""README.md shows what the demo really prints."""

from __future__ import annotations

import pytest

from tests.docs.markdown import blocks
from tests.docs.readme import README, as_markdown, embedded, masked, replaced, transcript


def test_the_demo_in_the_readme_is_what_the_demo_prints() -> None:
    shown = embedded(README.read_text(encoding="utf-8"))
    assert masked(shown) == masked(as_markdown(transcript())), "write it anew: python -m tests.docs.readme --write"


def test_the_demo_in_the_readme_tells_the_whole_story() -> None:
    shown = embedded(README.read_text(encoding="utf-8"))
    commands = [block.text.partition("\n")[0].split()[2] for block in blocks(shown) if block.text.startswith("$")]
    assert commands == ["validate", "plan", "apply", "approve", "apply", "plan"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("deploy dep-aaaaaaaaaaaaaaaaaaaa is live, after 1 s", "deploy dep-bbbbbbbbbbbbbbbbbbbb is live, after 12 s"),
        ("(secret 0a1b2c3d -> 4e5f6071)", "(secret 99999999 -> 88888888)"),
        ("logged by srv-aaaaaaaaaaaaaaaaaaaa-x1y2z", "logged by srv-bbbbbbbbbbbbbbbbbbbb-abcde"),
        ("processed document 3\nprocessed document 4\n", "processed document 1\n"),
        ("digest 0123456789ab.", "digest ba9876543210."),
        ("until 2026-01-02 03:04 UTC.", "until 2027-12-31 23:59 UTC."),
    ],
)
def test_what_differs_from_run_to_run_is_masked(one: str, other: str) -> None:
    assert masked(one) == masked(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Plan: 5 to add, 2 to change, 0 to destroy.", "Plan: 4 to add, 2 to change, 0 to destroy."),
        ("services.yaml:41:7", "services.yaml:42:7"),
        ("(api-service-production, srv-c0example0example00)", "(api-service-production, srv-c0example0example01)"),
        ("RC101", "RC102"),
    ],
)
def test_what_means_something_is_not_masked(one: str, other: str) -> None:
    assert masked(one) != masked(other)


def test_only_what_stands_between_the_markers_is_written() -> None:
    readme = README.read_text(encoding="utf-8")
    assert replaced(readme, embedded(readme)) == readme
