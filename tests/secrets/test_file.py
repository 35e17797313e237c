"""`file://PATH[?trim=false]`."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.secrets.conftest import Resolve


NOBODY = 65534


@pytest.mark.parametrize(
    ("end", "kept"), [("", ""), ("\n", ""), ("\r\n", ""), ("\n\n", "\n"), ("\r\n\r\n", "\r\n"), ("\r", "\r")]
)
def test_exactly_one_newline_at_the_end_is_trimmed(
    fetch: Resolve, folder: Path, value: str, end: str, kept: str
) -> None:
    (folder / "token").write_bytes(f"{value}{end}".encode())
    assert fetch("file://token") == value + kept
    assert fetch("file://token?trim=true") == value + kept
    assert fetch("file://token?trim=false") == value + end


def test_text_comes_byte_for_byte(fetch: Resolve, folder: Path, value: str) -> None:
    kind = "PRIVATE KEY"
    text = f"\ufeff-----BEGIN {kind}-----\r\n{value}\r\n=+/ $X # 😀 \t-----END {kind}-----"
    (folder / "key.pem").write_bytes(text.encode())
    assert fetch("file://key.pem") == text


def test_files_in_folders_below_are_read(fetch: Resolve, folder: Path, value: str) -> None:
    (folder / "secrets").mkdir()
    (folder / "secrets" / "gcp.staging.json").write_text(value)
    assert fetch("file://secrets/gcp.staging.json") == value
    assert fetch("file://./secrets/../secrets/gcp.staging.json") == value


def test_a_missing_file_is_a_problem_with_the_nearest_name(problem: Resolve, folder: Path) -> None:
    (folder / "gcp.production.json").write_text("{}")
    assert "did you mean `gcp.production.json`?" in problem("file://gcp.prodution.json")


@pytest.mark.parametrize("content", ["", "\n", "\r\n"])
def test_an_empty_file_is_a_problem(problem: Resolve, folder: Path, content: str) -> None:
    (folder / "token").write_text(content, newline="")
    assert "empty" in problem("file://token")


@pytest.mark.parametrize(("content", "said"), [(b"\xff\xfe\x00", "byte "), (b"a\x00b", "NUL")])
def test_what_is_not_text_is_a_problem(problem: Resolve, folder: Path, value: str, content: bytes, said: str) -> None:
    (folder / "token").write_bytes(value.encode() + content)
    assert said in problem("file://token")


def test_a_mebibyte_is_read_and_more_is_a_problem(fetch: Resolve, problem: Resolve, folder: Path) -> None:
    text = secrets.token_hex(512 * 1024)
    (folder / "large").write_text(text)
    assert fetch("file://large") == text
    (folder / "large").write_text(text + "x")
    assert "1 MiB" in problem("file://large")


def test_a_folder_is_a_problem(problem: Resolve, folder: Path) -> None:
    (folder / "secrets").mkdir()
    assert "folder" in problem("file://secrets")
    assert "folder" in problem("file://.")


def test_a_fifo_is_a_problem_and_does_not_hang(problem: Resolve, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    assert "regular file" in problem("file://pipe")


def test_an_unreadable_file_is_a_problem(problem: Resolve, folder: Path, value: str) -> None:
    path = folder / "token"
    path.write_text(value)
    path.chmod(0)
    # Root reads everything; as somebody else, the folders of the tests are closed too, which is the same to a reader.
    was = os.geteuid()
    if was == 0:
        os.seteuid(NOBODY)
    try:
        assert "permission" in problem("file://token")
    finally:
        os.seteuid(was)


def test_a_file_below_a_file_is_a_problem(problem: Resolve, folder: Path, value: str) -> None:
    (folder / "token").write_text(value)
    problem("file://token/below")


@pytest.mark.parametrize("path", ["../outside", "secrets/../../outside", "{tmp}/outside"])
def test_a_file_outside_is_refused_unless_allowed(
    fetch: Resolve, problem: Resolve, folder: Path, tmp_path: Path, value: str, path: str
) -> None:
    (folder / "secrets").mkdir()
    (tmp_path / "outside").write_text(value)
    text = f"file://{path.format(tmp=tmp_path)}"
    assert "outside" in problem(text)
    assert fetch(text, allow_outside=True) == value


def test_whether_a_file_outside_exists_is_not_told(problem: Resolve) -> None:
    assert "no such file" not in problem("file://../nothing")


def test_a_symbolic_link_out_is_refused_unless_allowed(
    fetch: Resolve, problem: Resolve, folder: Path, tmp_path: Path, value: str
) -> None:
    (tmp_path / "outside").write_text(value)
    (folder / "link").symlink_to(tmp_path / "outside")
    assert "symbolic link" in problem("file://link")
    assert fetch("file://link", allow_outside=True) == value


def test_a_symbolic_link_within_is_followed(fetch: Resolve, folder: Path, value: str) -> None:
    (folder / "token").write_text(value)
    (folder / "link").symlink_to("token")
    assert fetch("file://link") == value


def test_a_folder_that_is_itself_a_link_is_no_way_out(folder: Path, tmp_path: Path, fetch: Resolve, value: str) -> None:
    folder.rmdir()
    (tmp_path / "real").mkdir()
    folder.symlink_to(tmp_path / "real")
    (tmp_path / "real" / "token").write_text(value)
    assert fetch("file://token") == value


def test_a_loop_of_links_is_a_problem(problem: Resolve, folder: Path) -> None:
    (folder / "a").symlink_to("b")
    (folder / "b").symlink_to("a")
    problem("file://a")


@pytest.mark.parametrize(
    "text", ["file://", "file://token#/x", "file://token?trim=maybe", "file://token?trm=true", "file://a\0b"]
)
def test_what_file_does_not_take_is_a_problem(problem: Resolve, folder: Path, value: str, text: str) -> None:
    (folder / "token").write_text(value)
    problem(text)


def test_a_parameter_given_twice_is_a_problem(problem: Resolve, folder: Path, value: str) -> None:
    (folder / "token").write_text(value)
    assert "twice" in problem("file://token?trim=true&trim=false")
