"""What commands load: each waits only for what it uses."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"sqlalchemy", "rich", "pygments", "deepdiff", "starlette", "uvicorn", "boto3", "hvac", "psycopg"}


@pytest.mark.parametrize("command", ["validate", "plan", "drift", "apply", "show"])
def test_a_command_loads_neither_a_database_nor_a_server_nor_a_terminal(command: str) -> None:
    code = f"import sys, reconciler.cli.main, reconciler.cli.{command}; print(sorted({HEAVY} & {{*sys.modules}}))"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert loaded.strip() == "[]"


def test_the_version_is_told_without_pydantic_and_httpx() -> None:
    code = "import sys, reconciler.cli.main; print(sorted({'pydantic', 'httpx', 'yaml', 'asyncio'} & {*sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert loaded.strip() == "[]"
