"""Whatever stands in a file that we write is read back as what it was, here and by other readers of YAML."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.config.parse import parse
from reconciler.config.problems import Problems
from reconciler.report.yaml_text import comment, flow_list, flow_mapping, noted, value, word

TEXTS = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from("#:'\"\\{}[],&*!|>%@`-?~ \n\t=.0e"), min_size=1
)


@given(TEXTS)
def test_a_value_is_read_as_the_very_characters(text: str) -> None:
    problems = Problems("x.yaml")
    root = parse(f"block: {value(text)}  # note\nflow: {{a: {value(text, flow=True)}, b: c}}\n", problems)
    assert not problems
    assert (root.text("block"), root.of("flow").text("a"), root.of("flow")["b"]) == (text, text, "c")


@given(TEXTS, TEXTS)
def test_a_word_is_text_to_every_reader(key: str, text: str) -> None:
    written = f"{word(key)}: {word(text)}\nin flow: {flow_mapping({word(key, flow=True): flow_list([text, key])})}\n"
    expected = {key: text, "in flow": {key: [text, key]}}
    if key not in {"in flow", "<<", "="}:
        assert yaml.safe_load(written) == expected
        assert parse(written, Problems("x.yaml")) == expected


@given(TEXTS)
def test_a_comment_stays_one(text: str) -> None:
    lines = "\n".join(noted("  a: b", [text]))
    assert parse(f"{comment(text)}\nx:\n{lines}\n", Problems("x.yaml")) == {"x": {"a": "b"}}


@pytest.mark.parametrize(
    "text", ["info", "1.10", "https://example.com/a?b=c", "a b (c)", "/usr/bin:/bin", "key=a,b", "~/x#y"]
)
def test_quotes_stand_only_where_they_are_needed(text: str) -> None:
    assert value(text) == (f'"{text}"' if text.startswith("~") else text)
