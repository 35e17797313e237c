"""The audit's page in a real browser: filters, keyboard, narrow screens, no scripts, and hostile names."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.stories.conftest import Project

HOSTILE = "</style></script><script>document.title = 'taken'</script><img src=x onerror=\"document.title='taken'\">"
CONTRACT = """\
    version: 1
    environments:
      staging: {workspace: tea-d1example0example0ex}
      production: {workspace: tea-d1example0example0ex}
    services:
      api:
        render: api-{environment}
        variables: {LEVEL: info, NEW: {value: x, environments: [production]}}
      worker:
        render: worker-{environment}
        variables: {LEVEL: info}
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("there is no chromium here; the page has to be looked at in one")
    with sync_playwright() as playwright:
        # The sandbox of Chromium's own needs privileges that CI's containers lack; the page is ours.
        running = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def page_file(project: Project) -> Path:
    project.write("services.yaml", CONTRACT)
    project.write("code/app.py", "import os\nos.environ['STRIPE_KEY']\nos.environ[name]\n")
    for name in ("staging", "production"):
        project.service(f"api-{name}", {"LEVEL": "info", "MINE": "x"})
    project.service("worker-staging", {"LEVEL": "debug"})
    made = project.reconcile("audit", "--code", "code", "--format", "html")
    assert made.code == 1, made.err
    file = project.folder / "page.html"
    file.write_text(made.out)
    return file


def shown(page: Page) -> list[str]:
    """Return the visible rows of the matrix, as service and variable."""
    rows = page.locator("#matrix tbody tr:visible").all()
    return [
        f"{row.locator('xpath=../..').get_attribute('data-service')} {row.locator('th').inner_text()}" for row in rows
    ]


def test_filters_narrow_down_what_is_shown(browser: Browser, page_file: Path) -> None:
    page = browser.new_page()
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto(page_file.as_uri())
    told = page.get_by_role("status")
    everything = shown(page)

    assert everything == ["api LEVEL", "api MINE", "api NEW", "worker LEVEL"]
    assert told.inner_text().startswith("7 of 7 values and ")
    page.get_by_label("set (2)").uncheck()
    page.get_by_label("undeclared (2)").uncheck()
    assert shown(page) == ["api NEW", "worker LEVEL"]
    page.get_by_label("staging").uncheck()
    assert shown(page) == ["api NEW", "worker LEVEL"]
    assert page.get_by_role("columnheader", name="staging").count() == 0
    page.get_by_label("Service").select_option("worker")
    assert shown(page) == ["worker LEVEL"]
    assert told.inner_text().startswith("1 of 7 values")
    page.get_by_role("button", name="Show all").click()
    page.wait_for_function("document.getElementById('told').textContent.startsWith('7 of 7')")
    assert shown(page) == everything
    assert troubles == []


def test_a_keyboard_and_a_screen_reader_get_everywhere(browser: Browser, page_file: Path) -> None:
    page = browser.new_page()
    page.goto(page_file.as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the matrix"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.value") == "production"
    page.keyboard.press("Space")

    assert page.get_by_role("columnheader", name="production").count() == 0
    table = page.get_by_role("table", name="api")
    assert table.get_by_role("rowheader", name="LEVEL").count() == 1
    assert table.get_by_role("cell", name="set").count() == 1
    assert page.get_by_role("heading", level=1).count() == 1
    assert page.get_by_role("region", name="Not read").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_in_both_themes(browser: Browser, page_file: Path, scheme: str) -> None:
    page = browser.new_page(
        viewport={"width": 390, "height": 800}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page.goto(page_file.as_uri())

    assert page.evaluate("document.documentElement.scrollWidth") == 390
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(13, 17, 23)" if scheme == "dark" else "rgb(255, 255, 255)")
    # Rows are blocks here, and a table all the same to who does not see them.
    assert page.get_by_role("table", name="api").get_by_role("rowheader", name="NEW").count() == 1
    page.emulate_media(media="print")
    assert not page.locator("#filters").is_visible()
    assert page.locator("#told").is_visible()


def test_without_scripts_all_of_it_is_shown(browser: Browser, page_file: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(page_file.as_uri())

    assert shown(page) == ["api LEVEL", "api MINE", "api NEW", "worker LEVEL"]
    assert not page.locator("#filters").is_visible()
    context.close()


def test_no_script_but_its_own_runs(browser: Browser, page_file: Path) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("requestfinished", lambda request: asked.append(request.url))
    page_file.write_text(page_file.read_text().replace("<main>", f"<main>{HOSTILE.removeprefix('</style></script>')}"))
    page.goto(page_file.as_uri())

    assert page.title() == "Audit of 2 services in 2 environments"
    assert asked == [page_file.as_uri()]
