"""Files that no person wrote: refused with one clear error, quickly and without reading more than is needed."""

from __future__ import annotations

import os
import re
import time
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.config import load, load_text
from reconciler.errors import ConfigError
from tests.unit.config.mistakes import FILE, VARIABLES

LAUGHS = "version: 1\na: &a [x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefghijkl", "bcdefghijklm", strict=True)
)

NOBODY = 65534


def refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as raised:
        load(path)
    (problem,) = raised.value.problems
    return str(problem).removeprefix(f"{path}:").strip()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"version: \0", "1:10: a NUL character; remove it: neither YAML nor Render can have one"),
        (b"\xef\xbb\xbfversion: 1", "1:1: starts with a byte order mark; save the file as UTF-8 without BOM"),
        (b"a: \xef\xbb\xbf", "1:4: a byte order mark in the middle of the file; remove it"),
        (b"version: 1\n\xff", "2:1: is not valid UTF-8; save the file as UTF-8 without BOM"),
        (b"a: \xed\xa0\x80", "1:4: is not valid UTF-8; save the file as UTF-8 without BOM"),
        ("version: 1".encode("utf-16"), "1:1: is not UTF-8 but looks like UTF-16 or binary data"),
        ("version: 1".encode("utf-16-le"), "1:1: is not UTF-8 but looks like UTF-16 or binary data"),
        ("version: 1".encode("utf-32-be"), "1:1: is not UTF-8 but looks like UTF-16 or binary data"),
        (b"a: \x1b[31m", "1:4: the control character U+001B; remove it, or write it as an escape in double quotes"),
        (b"a: \xc2\x85b", "1:4: the line separator U+0085, which editors do not show; remove it, or write `\\N`"),
        (b"version: 1\n\ta: 1", "2:1: not valid YAML: a tab where spaces must stand"),
        (b"[" * 100_000, "1:65: nested more than 64 levels deep; nothing in this file needs so many"),
        (b"{a: " * 100_000, "1:257: nested more than 64 levels deep; nothing in this file needs so many"),
        (b"- " * 100_000, "1:129: nested more than 64 levels deep; nothing in this file needs so many"),
    ],
)
def test_content_that_is_no_text_or_no_yaml(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / FILE
    path.write_bytes(content)
    assert refusal(path).startswith(message)


def test_nested_aliases_are_refused_before_they_are_counted_out() -> None:
    tracemalloc.start()
    begin = time.process_time()
    with pytest.raises(ConfigError, match="aliases repeat more than 250,000 items"):
        load_text(LAUGHS, FILE)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert time.process_time() - begin < 5
    assert peak < 20_000_000


def test_a_huge_file_is_refused_by_its_size_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / FILE
    with path.open("wb") as stream:
        stream.truncate(100_000_000_000)
    assert refusal(path) == "has 100000.0 MB, more than the 8 MiB that are read; is it the right file?"


def test_a_scalar_of_ten_megabytes_is_refused_as_text_too() -> None:
    with pytest.raises(ConfigError, match="more than the 8 MiB"):
        load_text(f"version: {'x' * 10_000_000}", FILE)


def test_a_scalar_within_the_bound_is_a_value_like_others() -> None:
    text = "x" * 7_000_000
    desired = load_text(f"{VARIABLES}      A: {text}\n", FILE)
    assert {service.variables["A"].source.text.reveal() == text for service in desired.services.values()} == {True}  # type: ignore[union-attr]


def test_a_long_key_costs_no_more_than_its_length() -> None:
    begin = time.process_time()
    with pytest.raises(ConfigError, match="unknown key"):
        load_text(f"version: 1\nenvironments: {{staging: {{}}}}\n? {'v' * 1_000_000}\n: x\n", FILE)
    assert time.process_time() - begin < 5


def test_a_number_of_a_million_digits_is_no_number_of_the_language() -> None:
    with pytest.raises(ConfigError, match="`approvals` must be a whole number"):
        load_text(f"version: 1\nenvironments: {{staging: {{approvals: {'9' * 1_000_000}}}}}\n", FILE)


def test_a_folder(tmp_path: Path) -> None:
    assert refusal(tmp_path) == "is a folder; name the file in it, such as services.yaml"


def test_a_missing_file(tmp_path: Path) -> None:
    assert refusal(tmp_path / FILE) == "does not exist; create it, or name another file with --file"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are of POSIX")
def test_a_pipe_that_nobody_writes_to_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / FILE
    os.mkfifo(path)
    assert refusal(path) == "is a pipe or a device; name a regular file, such as services.yaml"


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_text("version: 1\n")
    path.chmod(0)
    # Root reads everything; to somebody else, the folders of the tests are closed too, which is the same to a reader.
    was = os.geteuid()
    if was == 0:
        os.seteuid(NOBODY)
    try:
        assert refusal(path) == "cannot be read: permission denied; make it readable for this user"
    finally:
        os.seteuid(was)


def test_a_path_with_a_nul(tmp_path: Path) -> None:
    assert refusal(tmp_path / "a\0b") == "cannot be read: not a path to a file"


def loads_or_is_refused(text: str) -> None:
    with suppress(ConfigError):
        load_text(text, FILE)


FRAGMENTS = st.sampled_from(
    [
        *("version: 1\n", "environments:\n", "services:\n", "variables:\n", "env_groups:\n", "approvers:\n"),
        *(
            "staging",
            "production",
            "render",
            "value",
            "secret",
            "from",
            "generate",
            "schema",
            "allow",
            "type",
            "health",
        ),
        *(
            "\n",
            "  ",
            "    ",
            ": ",
            "- ",
            "[",
            "]",
            "{",
            "}",
            ",",
            "'",
            '"',
            "|\n",
            ">\n",
            "&a ",
            "*a",
            "!t ",
            "<<",
            "? ",
        ),
        *(
            "~",
            "null",
            "1",
            "0x1",
            "1e9999",
            ".inf",
            ".nan",
            "true",
            "\\",
            "#",
            "%",
            "@",
            "---\n",
            "...\n",
            "/",
            "{environment}",
        ),
    ]
)
TEXTS = st.one_of(st.text(max_size=200), st.lists(FRAGMENTS, max_size=40).map("".join))


@settings(deadline=None)
@given(text=TEXTS)
def test_any_text_loads_or_is_refused(text: str) -> None:
    loads_or_is_refused(text)
    loads_or_is_refused(f"version: 1\nenvironments: {{staging: {{}}}}\n{text}")


@settings(deadline=None)
@given(text=TEXTS)
def test_any_text_within_a_definition_loads_or_is_refused(text: str) -> None:
    loads_or_is_refused(f"{VARIABLES}      A: {text}")


@settings(deadline=None)
@given(content=st.binary(max_size=200))
def test_any_bytes_load_or_are_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / f"bytes-{os.getpid()}.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError):
        load(path)


RIGHT = Path(__file__).parents[2] / "stories" / "language" / "services.yaml"
TOKENS = re.findall(r"[\w.-]+|\n *|\s+|.", RIGHT.read_text(encoding="utf-8"))
CHANGES = st.lists(st.tuples(st.integers(0, len(TOKENS) - 1), FRAGMENTS | st.sampled_from(TOKENS)), max_size=4)


@settings(deadline=None)
@given(changes=CHANGES)
def test_any_change_of_a_right_file_loads_or_is_refused(changes: list[tuple[int, str]]) -> None:
    tokens = list(TOKENS)
    for index, token in changes:
        tokens[index] = token
    loads_or_is_refused("".join(tokens))
