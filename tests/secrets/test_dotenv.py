"""`dotenv://PATH#/NAME`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.secrets.conftest import Resolve


def dotenv(folder: Path, content: str) -> None:
    (folder / ".env").write_bytes(content.encode())


def test_a_variable_of_the_file_is_read(fetch: Resolve, folder: Path, value: str) -> None:
    dotenv(folder, f"# secrets\nOTHER=x\nexport TOKEN={value}\n")
    assert fetch("dotenv://.env#/TOKEN") == value


def test_nothing_is_interpolated(fetch: Resolve, folder: Path, value: str) -> None:
    dotenv(folder, f'HOME=/root\nPLAIN=${{HOME}}{value}$HOME\nQUOTED="${{HOME}}{value}"\n')
    assert fetch("dotenv://.env#/PLAIN") == f"${{HOME}}{value}$HOME"
    assert fetch("dotenv://.env#/QUOTED") == f"${{HOME}}{value}"


def test_values_of_many_lines_keep_their_line_ends(fetch: Resolve, folder: Path, value: str) -> None:
    dotenv(
        folder, f'LF="one\n{value}\n"\r\nCRLF=\'one\r\n{value}\r\n\'\r\nESCAPED="one\\n{value}\\n"\r\nLAST={value}\r\n'
    )
    assert fetch("dotenv://.env#/LF") == f"one\n{value}\n"
    assert fetch("dotenv://.env#/CRLF") == f"one\r\n{value}\r\n"
    assert fetch("dotenv://.env#/ESCAPED") == f"one\n{value}\n"
    assert fetch("dotenv://.env#/LAST") == value


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("a=b==", "a=b=="),
        ("'it\\'s # $x'", "it's # $x"),
        ('"say \\"hi\\" 😀"', 'say "hi" 😀'),
        ("plain # comment", "plain"),
        ("no#comment", "no#comment"),
        ("' blanks '", " blanks "),
    ],
)
def test_quotes_and_comments_mean_what_they_mean_to_python_dotenv(
    fetch: Resolve, folder: Path, written: str, meant: str
) -> None:
    dotenv(folder, f"TOKEN={written}\n")
    assert fetch("dotenv://.env#/TOKEN") == meant


def test_a_byte_order_mark_is_no_part_of_the_first_name(fetch: Resolve, folder: Path, value: str) -> None:
    dotenv(folder, f"\ufeffTOKEN={value}\n")
    assert fetch("dotenv://.env#/TOKEN") == value


def test_a_missing_name_is_a_problem_with_the_nearest_one(problem: Resolve, folder: Path, value: str) -> None:
    dotenv(folder, f"DATABASE_URL={value}\n")
    assert "did you mean `DATABASE_URL`?" in problem("dotenv://.env#/DATABASE_URI")


def test_a_missing_file_is_a_problem(problem: Resolve) -> None:
    assert "no such file" in problem("dotenv://staging.env#/TOKEN")


def test_an_empty_value_is_a_problem(problem: Resolve, folder: Path) -> None:
    dotenv(folder, "TOKEN=\nQUOTED=''\n")
    assert "empty" in problem("dotenv://.env#/TOKEN")
    assert "empty" in problem("dotenv://.env#/QUOTED")


def test_a_name_without_an_equals_sign_is_a_problem(problem: Resolve, folder: Path) -> None:
    dotenv(folder, "A=x\n\nTOKEN\n")
    assert "line 3" in problem("dotenv://.env#/TOKEN")


@pytest.mark.parametrize("same", [True, False])
def test_a_name_defined_twice_is_a_problem_with_both_lines(
    problem: Resolve, fetch: Resolve, folder: Path, value: str, *, same: bool
) -> None:
    dotenv(folder, f"TOKEN={value}\nA=x\n\nTOKEN={value if same else 'other'}\n")
    assert "lines 1 and 4" in problem("dotenv://.env#/TOKEN")
    assert fetch("dotenv://.env#/A") == "x"


def test_a_line_that_does_not_parse_is_a_problem_for_every_name_of_the_file(
    problem: Resolve, folder: Path, value: str
) -> None:
    dotenv(folder, f"A=x\n# comment\n\nTOKEN='{value}\n")
    assert "line 4" in problem("dotenv://.env#/TOKEN")
    assert "line 4" in problem("dotenv://.env#/A")


@pytest.mark.parametrize("pointer", ["", "#", "#/", "#TOKEN", "#/a/b"])
def test_a_pointer_must_name_one_variable(problem: Resolve, folder: Path, value: str, pointer: str) -> None:
    dotenv(folder, f"TOKEN={value}\n")
    assert "#/NAME" in problem(f"dotenv://.env{pointer}")


def test_what_is_not_text_is_a_problem(problem: Resolve, folder: Path) -> None:
    (folder / ".env").write_bytes(b"TOKEN=\xff\n")
    assert "UTF-8" in problem("dotenv://.env#/TOKEN")


def test_a_file_outside_is_refused(problem: Resolve, tmp_path: Path, value: str) -> None:
    (tmp_path / ".env").write_text(f"TOKEN={value}\n")
    assert "outside" in problem("dotenv://../.env#/TOKEN")
