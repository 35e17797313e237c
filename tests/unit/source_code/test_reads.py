"""Which variables a file reads, by language: one row for each way of writing it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import UsageError
from reconciler.source_code import scan

if TYPE_CHECKING:
    from pathlib import Path

PYTHON = [
    ("import os\nos.environ['A']", ["A"]),
    ("import os\nos.environ.get('A')", ["A?"]),
    ("import os\nos.getenv('A', 'x')", ["A?"]),
    ("import os as system\nsystem.environ['A']\nsystem.getenv('B')", ["A", "B?"]),
    (
        "from os import environ, getenv as read\nenviron['A']\nread('B')\nenviron.setdefault('C', '1')",
        ["A", "B?", "C?"],
    ),
    ("import os\nKEY = 'A'\nos.environ[KEY]", ["A"]),
    ("import os\nos.environ[key]", [None]),
    ("import os\nos.environ[f'A_{x}']", [None]),
    ("import os\nif 'A' in os.environ: pass", ["A?"]),
    ("import os\nos.environ['A'] = '1'\ndel os.environ['B']", []),
    ("environ = {}\nenviron['A']\ngetenv('B')", []),
    ("# os.environ['A']\nx = \"os.environ['A']\"", []),
    ("class S(BaseSettings):\n  a: str\n  b_c: int = 1\n  _d: str\n  E: ClassVar[str] = ''", ["A~", "B_C~?"]),
    ("class S(BaseSettings):\n  model_config = SettingsConfigDict(env_prefix='APP_')\n  a: str", ["APP_A~"]),
    ("class S(BaseSettings):\n  model_config = {'env_prefix': 'APP_', 'case_sensitive': True}\n  a: str", ["APP_a"]),
    ("class S(pydantic.BaseSettings):\n  a: str\n  class Config:\n    env_prefix = 'P_'", ["P_A~"]),
    ("class S(BaseSettings):\n  a: str = Field(alias='THE_A')\n  b: str = Field(..., env='B1')", ["THE_A~", "B1~"]),
    ("class S(BaseSettings):\n  a: str = Field('x', validation_alias=AliasChoices('A1', 'A2'))", ["A1~?", "A2~?"]),
    ("class S(BaseSettings):\n  a: Annotated[str, Field(alias='A1')]", ["A1~"]),
    ("class S(BaseSettings):\n  a: str\nclass T(S):\n  b: str = ...", ["A~", "B~"]),
    ("class M(BaseModel):\n  a: str", []),
]

JAVASCRIPT = [
    ("process.env.A", ["A"]),
    ("process.env['A']; process.env[\"B\"]", ["A", "B"]),
    ("process.env?.A; process?.env.B", ["A", "B"]),
    ("const a = process.env.A || 'x'; const b = process.env.B ?? 'y'", ["A?", "B?"]),
    ("const a = 'x' || process.env.A", ["A"]),
    ("const { A, B: b, C = '1', D: d = '2' } = process.env", ["A", "B", "C?", "D?"]),
    ("const { A, ...rest } = process.env", ["A", None]),
    ("const env = process.env; env.A; env['B']", ["A", "B"]),
    ("process.env[name]; process.env[`A_${x}`]", [None, None]),
    ("process.env.A = '1'", []),
    ("import.meta.env.VITE_A; import.meta.env.MODE; import.meta.env.PROD", ["VITE_A"]),
    ("const { VITE_A } = import.meta.env", ["VITE_A"]),
    ("// process.env.A\nconst x = 'process.env.B'", []),
    ("other.env.A; process.environment.B; env.C", []),
    ("if (!process.env.A) throw new Error(`set ${process.env.B}`)", ["A", "B"]),
    ("const x = ; process.env.A", ["A"]),
]

TYPESCRIPT = [
    ("const a: string = process.env.A!", ["A"]),
    ("(process.env as Env).A", ["A"]),
    ("const { A }: { A?: string } = process.env as Record<string, string>", ["A"]),
    ("enum E { A = 'x' }; const a = process.env.A as string", ["A"]),
]


def told(path: Path) -> list[str | None]:
    """Return the names: with ~ where they stand for any case, with ? where there is a default."""
    return [use.name and use.name + "~" * use.any_case + "?" * use.has_default for use in scan([path]).uses]


@pytest.mark.parametrize(("source", "expected"), PYTHON)
def test_python(tmp_path: Path, source: str, expected: list[str | None]) -> None:
    (tmp_path / "a.py").write_text(source)

    assert told(tmp_path) == expected


@pytest.mark.parametrize("suffix", ["js", "mjs", "cjs", "jsx", "ts", "tsx", "mts"])
@pytest.mark.parametrize(("source", "expected"), JAVASCRIPT)
def test_javascript_and_typescript(tmp_path: Path, source: str, expected: list[str | None], suffix: str) -> None:
    (tmp_path / f"a.{suffix}").write_text(source)

    assert told(tmp_path) == expected


@pytest.mark.parametrize(("source", "expected"), TYPESCRIPT)
def test_what_only_typescript_has(tmp_path: Path, source: str, expected: list[str | None]) -> None:
    (tmp_path / "a.ts").write_text(source)

    assert told(tmp_path) == expected


def test_a_use_has_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import os\n\nx = os.environ['A']\n")
    (tmp_path / "b.ts").write_text("\nconst x =\n  process.env.B\n")

    assert [(use.path.name, use.line, use.column) for use in scan([tmp_path]).uses] == [("a.py", 3, 5), ("b.ts", 3, 3)]


def test_only_code_of_ones_own_is_read_and_each_file_once(tmp_path: Path) -> None:
    for name in ("node_modules/x/i.js", ".git/h.py", "dist/b.js", "a.min.js", "t.d.ts", "README.md", "src/own.js"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("process.env.A")
    (tmp_path / "src" / "linked.js").symlink_to(tmp_path / "dist" / "b.js")

    found = scan([tmp_path, tmp_path / "src"])

    assert found.files == 1
    assert [use.path for use in found.uses] == [tmp_path / "src" / "own.js"]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.py", b"def f(:", "not valid Python of this interpreter's version"),
        ("a.py", b"x = '\0'", "not valid Python of this interpreter's version"),
        ("a.py", b"(" * 100_000, "not valid Python of this interpreter's version"),
        ("a.py", b"x = " + b"-" * 100_000 + b"1", "nested too deeply"),
        ("a.py", b"#" * 2_000_001, "larger than 2 MB"),
        ("a.js", b"const x = ;", "has a syntax error, or syntax that the parser does not know"),
        ("a.rb", b"ENV['A']", ".rb files are not parsed"),
        ("a.vue", b"<script>process.env.A</script>", ".vue files are not parsed"),
    ],
)
def test_what_is_not_understood_is_told(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(content)

    found = scan([tmp_path])

    assert [(each.path.name, each.reason) for each in found.unparsed] == [(name, reason)]
    assert not found.uses


def test_code_nested_more_deeply_than_a_stack_is_read_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("[" * 20_000 + "process.env.A" + "]" * 20_000)

    assert told(tmp_path) == ["A"]


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such file or folder"):
        scan([tmp_path / "nowhere"])


def test_what_cannot_be_looked_into_is_told(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.py").write_text("import os\nos.environ['A']\n")
    (tmp_path / "code" / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "code" / "a.py").symlink_to(tmp_path / "elsewhere" / "a.py")
    (tmp_path / "code" / "round.py").symlink_to(tmp_path / "code" / "round.py")
    os.mkfifo(tmp_path / "code" / "pipe.py")
    found = scan([tmp_path / "code"])

    assert found.uses == ()
    assert {each.path.name for each in found.unparsed} == {"linked", "a.py", "pipe.py", "code"}
