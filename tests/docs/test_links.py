"""Links within the project lead somewhere."""

from __future__ import annotations

import pytest

from tests.docs.markdown import ROOT, anchors, links, pages


@pytest.mark.parametrize("name", [str(page.relative_to(ROOT)) for page in pages()])
def test_relative_links_resolve(name: str) -> None:
    page = ROOT / name
    text = page.read_text(encoding="utf-8")
    for link in links(text):
        if link.startswith(("https://", "http://")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{name}: {link}"
        assert target.is_relative_to(ROOT), f"{name}: {link}"
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), f"{name}: {link}"


def test_every_page_of_the_documentation_is_linked_from_the_readme() -> None:
    found = set(links((ROOT / "README.md").read_text(encoding="utf-8")))
    assert {str(page.relative_to(ROOT)) for page in pages()} - {"README.md"} <= found
