"""docs/services-yaml.md is about the whole language, and its examples are valid, so that they can be copied."""

from __future__ import annotations

import re

import pytest

from reconciler.config import load_text
from reconciler.config.definition_document import OPTIONS, DefinitionDocument
from reconciler.config.document import EnvironmentDocument, ServiceDocument
from reconciler.value_types import OPTION_NAMES
from tests.docs.markdown import ROOT, Block, blocks, pages, sections

PAGE = ROOT / "docs" / "services-yaml.md"

_ROW = re.compile(r"^\| `([^`]+)`[^|]*\|", re.MULTILINE)
_TYPE = re.compile(r"^\| `(\w+)` \|([^|]*)\|", re.MULTILINE)


def documents() -> list[tuple[str, Block]]:
    """Return the YAML blocks that are whole files, each with its page's name."""
    return [
        (str(page.relative_to(ROOT)), block)
        for page in pages()
        for block in blocks(page.read_text(encoding="utf-8"))
        if block.language == "yaml" and "\nversion: 1\n" in f"\n{block.text}"
    ]


def section(heading: str) -> str:
    (body,) = [body for title, body in sections(PAGE.read_text(encoding="utf-8")) if title == heading]
    return body


def keys(heading: str) -> set[str]:
    """Return the keys that a section's tables explain; `deploy.mode` is about `deploy`, `external: true` one key."""
    return {re.split(r"[.:]", row)[0] for row in _ROW.findall(section(heading))}


@pytest.mark.parametrize(("page", "block"), documents(), ids=[f"{page}:{block.line}" for page, block in documents()])
def test_an_example_that_is_a_whole_file_is_valid(page: str, block: Block) -> None:
    assert load_text(block.text, f"{page}:{block.line}").services


def test_the_pages_have_examples() -> None:
    assert {page for page, _ in documents()} >= {"README.md", "docs/services-yaml.md"}


def test_every_key_of_an_environment_is_explained() -> None:
    assert keys("environments") == set(EnvironmentDocument.model_fields)


def test_every_key_of_a_service_is_explained() -> None:
    assert keys("services") == set(ServiceDocument.model_fields)


def test_every_key_of_a_definition_is_explained() -> None:
    fields = {field.alias or name for name, field in DefinitionDocument.model_fields.items()}
    assert keys("Definitions") == fields - OPTIONS.keys()


def test_every_type_is_explained_with_its_options() -> None:
    explained = {name: frozenset(re.findall(r"`(\w+)`", options)) for name, options in _TYPE.findall(section("Types"))}
    assert explained == dict(OPTION_NAMES)
