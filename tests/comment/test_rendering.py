"""Comments of any size with anything in them: all that must be seen is there, and nothing in it acts."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.domain.address import Owner
from reconciler.domain.change import Action
from reconciler.domain.finding import Severity
from reconciler.domain.outcome import ApplyResult
from reconciler.domain.value import Secret
from reconciler.errors import Location, TooLongError
from reconciler.planning.fingerprint import plan_key
from reconciler.report.comment import Surroundings, plan_comment, result_comment, target_of, unshowable_comment
from reconciler.report.page import SUMMARY_LIMIT
from reconciler.report.plan_markdown import plan_markdown
from tests.comment.page import parsed
from tests.comment.plans import big_plan, change_of, error, plan_of, result_of
from tests.stories.test_secrecy import forms

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.domain.plan import Plan

LIMIT = 65_000
WORKER = Owner("production", service="worker")


def line_of(location: Location) -> str:
    return f"https://github.example/octo/shop/blob/{'a' * 40}/services.yaml#L{location.line}"


AROUND = Surroundings(LIMIT, "All of it is elsewhere.", "No approval is needed.", "Next: `x`.", None, line_of)

HOSTILE = [
    "@octo/admins #1 GH-1 octo/shop#1 !1 &2 ~bug %x $1 " + "d" * 40,
    "https://evil.example www.evil.example mailto:a@b.example a@b.example ftp://x xmpp:a@b",
    "| a | b |\n|---|---|\n| c |",
    "```\n# Approved\n```",
    "`````", "`", "``x`y``", "a`b|c`d", "\\", "\\|", "a\\", "|", "||", "\\`|",
    "</code></details><img src=x onerror=alert(1)>",
    "<!-- reconcile target=0000000000000000 digest=" + "0" * 64 + " -->",
    "-->", "<!--", "]]>", "<?x", "<script>", "&lt;b&gt; &#64;x &commat;x",
    "![x](https://evil.example/x.png) [x](https://evil.example) [x]: https://evil.example",
    "\n\n# Approved\n\n- [x] done\n\n1. x\n\n> [!NOTE]\n> x\n---\n===\n",
    "$\\color{red}{x}$ $$x$$ $`x`$ :white_check_mark: [^1] ==x== ~~x~~ **x** __x__ *x*",
    "/close", "\n/merge\n", "::error::x", "\n::add-mask::x\n", "::set-output name=x::y", "##[error]x", "%0A::error::x",
    "\x1b[2J\x1b[31mred\x1b[0m \x9b1A \x07 \b\b\b \r",
    "\u202eevil\u202c \u2066x\u2069 \u200b\u200c\u200d\ufeff\u00ad \u2028x\u2029y \u3164 \u2800 \u034f \ufe0f",
    "D\u0410TABASE_URL \u0410BC p\u0430ypal \uff21\uff22 \U0001d400x",
    " leading", "trailing ", "   ", "\t", "x" * 3000, "e\u0301" * 50,
]  # fmt: skip


def plan_with(text: str) -> Plan:
    """A plan that has a text wherever other people's text can be."""
    key = text.replace("/", "").replace("\\", "").replace("\0", "") or "KEY"
    changes = [
        change_of(WORKER, f"1{key}", Action.CREATE, text, text),
        change_of(WORKER, f"2{key}", Action.UPDATE, text, text),
        change_of(WORKER, f"3{key}", Action.DELETE),
    ]
    findings = [dataclasses.replace(error(text, changes[0].address), fix=text)]
    warning = dataclasses.replace(findings[0], severity=Severity.WARNING, location=Location(text, 1, 1))
    return plan_of(changes, [*findings, warning], names=text, created_by=text)


def shown_plan(text: str) -> str:
    return plan_comment(plan_with(text), AROUND).text


def shown_result(text: str) -> str:
    plan = plan_with(text)
    return result_comment(plan, result_of(plan, fails="worker", detail=text, by=text), AROUND).text


def shown_plainly(text: str) -> str:
    return plan_markdown(plan_with(text))


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("show", [shown_plan, shown_result, shown_plainly])
def test_nothing_in_a_comment_acts(show: Callable[[str], str], text: str) -> None:
    ours, theirs = parsed(show("harmless")), parsed(show(text))

    assert theirs.elements == ours.elements
    assert theirs.links == ours.links
    assert not [said for said in theirs.comments if said.strip()]
    # What GitHub would make a mention, a reference or a picture of is outside of code; there, all words are ours.
    assert theirs.prose == ours.prose


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("show", [shown_plan, shown_result, shown_plainly])
def test_nothing_in_a_comment_hides_or_commands(show: Callable[[str], str], text: str) -> None:
    shown = show(text)
    lines = shown.split("\n")

    assert all(line.isprintable() for line in lines)
    assert not [line for line in lines if line.lstrip().startswith(("/", "::", "##["))]
    assert not re.search("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\u3164\u2800\ufe0f]", shown)
    if text.isascii() and text.isprintable() and len(text) < 60:
        assert any(text.strip() in each for each in parsed(shown).code)


def test_what_looks_like_another_key_does_not_pass_for_it() -> None:
    key = "DATABASE_URL".replace("A", "\u0410")
    shown = plan_comment(plan_of([change_of(WORKER, key, Action.DELETE)]), AROUND).text

    assert key not in shown
    assert r"D\u0410T\u0410B\u0410SE_URL" in shown


@pytest.mark.parametrize(("size", "deletions", "errors"), [(1, 0, 0), (1, 1, 1), (50, 20, 10), (5000, 700, 50)])
def test_whatever_the_size_all_that_must_be_seen_is_there(size: int, deletions: int, errors: int) -> None:
    plan = big_plan(size, deletions=deletions, errors=errors)
    page = plan_comment(plan, AROUND)
    seen = parsed(page.text)
    everything = "\n".join(seen.code)

    assert len(page.text.encode()) <= LIMIT
    for change in plan.changes:
        if change.action is Action.DELETE:
            assert f"- {change.address.key}" in everything
    for check in plan.checks:
        assert check.message in everything
    assert plan.digest in everything
    assert ("Cut for want of room" in seen.prose) == bool(page.cut) == (size > 1000)


def test_what_is_cut_is_cut_by_service_and_named() -> None:
    page = plan_comment(big_plan(5000, services=1000), AROUND)
    whole, cut = page.text.count("<details>"), page.cut
    seen = parsed(page.text)

    assert (seen.elements["details"], whole + cut) == (whole, 1000)
    assert 0 < cut < 1000
    assert f"Cut for want of room: {cut} sections" in seen.prose
    assert f"`production/service-{whole:03}` (`" in page.text
    assert "All of it is elsewhere." in seen.prose


@pytest.mark.parametrize(("deletions", "errors"), [(5000, 0), (0, 5000)])
def test_what_cannot_all_be_shown_is_not_shown_in_part(deletions: int, errors: int) -> None:
    plan = big_plan(5000, deletions=deletions, errors=errors)
    with pytest.raises(TooLongError):
        plan_comment(plan, AROUND)
    with pytest.raises(TooLongError):
        plan_markdown(plan, limit=LIMIT)
    instead = unshowable_comment(plan, None, AROUND)

    assert len(instead) < 3000
    assert "Nothing of it should be approved by this page." in parsed(instead).prose
    # A step's summary has room for them.
    assert plan_markdown(plan).count("SOME_VARIABLE_") >= 5000
    assert len(plan_markdown(plan).encode()) <= SUMMARY_LIMIT


def test_a_failed_check_leads_to_its_line() -> None:
    plan = big_plan(2, errors=2)

    assert parsed(plan_comment(plan, AROUND).text).links == [
        line_of(check.location) for check in plan.checks if check.location
    ]


@pytest.mark.parametrize("size", [1, 50, 5000])
def test_what_came_of_it_is_told_in_the_same_place(size: int) -> None:
    plan = big_plan(size, deletions=min(size, 700))
    result = result_of(plan, fails="service-000", detail="changed meanwhile")
    page = result_comment(plan, result, AROUND)
    seen = parsed(page.text)

    assert len(page.text.encode()) <= LIMIT
    assert "Apply incomplete." in seen.prose
    assert "bob" in seen.code
    failed = next(each for each in seen.code if each.startswith("production/service-000:"))
    assert "conflict" in failed
    assert "not deployed: nothing was written" in failed
    deletions = next(each for each in seen.code if "- SOME_VARIABLE_00000" in each)
    assert deletions.count("- SOME_VARIABLE_") == min(size, 700)
    assert "- SOME_VARIABLE_00000   (conflict)" in deletions


def test_a_whole_success_says_who_what_and_how_it_runs() -> None:
    plan = big_plan(3)
    result = result_of(plan)
    seen = parsed(result_comment(plan, result, AROUND).text)

    assert isinstance(result, ApplyResult)
    assert "Apply complete! Variables: 2 added, 1 changed, 0 destroyed." in seen.prose
    assert "deploy dep-1 is live, after 7 s" in seen.code
    assert "healthy" in seen.code
    assert "Not as planned" not in seen.prose


def test_a_target_is_a_file_and_a_scope_not_a_plan() -> None:
    one, other = big_plan(1), big_plan(2)
    narrower = dataclasses.replace(one, scope=dataclasses.replace(one.scope, services=("worker",)))

    assert target_of(one, "services.yaml") == target_of(other, "services.yaml")
    assert target_of(one, "services.yaml") != target_of(one, "other.yaml")
    assert target_of(one, "services.yaml") != target_of(narrower, "services.yaml")


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=60)
pieces = st.lists(st.one_of(texts, st.sampled_from(HOSTILE)), min_size=1, max_size=4).map("".join)


@settings(max_examples=60, deadline=None)
@given(text=pieces, secret=st.text("abcdefghijklmnopqrstuvwxyz0123456789+/=@|`<", min_size=12, max_size=40))
@pytest.mark.parametrize("show", [shown_plan, shown_result, shown_plainly])
def test_no_text_acts_and_no_secret_shows(show: Callable[[str], str], text: str, secret: str) -> None:
    ours, theirs = parsed(show("harmless")), parsed(show(text))
    key = plan_key(Secret("a key of these tests that is long enough"))
    change = change_of(WORKER, "KEY", Action.UPDATE, source="env://KEY")
    hiding = dataclasses.replace(change, before=key.hidden(Secret(secret)), after=key.hidden(Secret(secret[::-1])))
    page = plan_comment(plan_of([hiding]), AROUND).text

    assert (theirs.elements, theirs.links, theirs.prose) == (ours.elements, ours.links, ours.prose)
    assert "(secret " in page
    assert not [form for form in forms(secret) if form in page]
