"""The table of schemes, and that each reference is fetched once."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from reconciler.config.reference import SCHEMES as LANGUAGE
from reconciler.domain.value import Secret
from reconciler.secrets import SecretStores
from reconciler.secrets.folder import Folder
from reconciler.secrets.schemes import SCHEMES
from reconciler.secrets.store import LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reconciler.domain.definition import SecretRef
    from tests.secrets.conftest import Resolve


def test_every_scheme_of_the_language_has_a_store() -> None:
    assert set(SCHEMES) == set(LANGUAGE)
    for name in sorted(SCHEMES):
        assert find_spec(f"reconciler.secrets.{SCHEMES[name].module}"), name


@pytest.mark.parametrize("name", ["awssecrets", "awsssm", "azurekeyvault", "gcpsecrets", "keyring", "vault"])
def test_a_client_that_is_not_installed_is_named_with_its_extra(
    problem: Resolve, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for module in [*sys.modules]:
        if module.startswith(f"reconciler.secrets.{SCHEMES[name].module.partition('.')[0]}"):
            monkeypatch.delitem(sys.modules, module)
    for client in ("boto3", "azure.core", "google.auth", "keyring", "hvac"):
        monkeypatch.setitem(sys.modules, client, None)
    assert f"pip install 'render-reconciler[{SCHEMES[name].extra}]'" in problem(f"{name}://a/b")


def test_a_client_is_imported_only_where_a_reference_needs_it() -> None:
    clients = {"hvac", "requests", "boto3", "google", "azure", "keyring"}
    loaded = f"import reconciler.cli.planning, sys; print({clients} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_an_unknown_scheme_is_a_problem_with_the_nearest_one(problem: Resolve) -> None:
    assert "did you mean `vault`?" in problem("valt://kv/navigator#/token")


def test_each_distinct_reference_is_fetched_once_and_each_file_read_once(
    folder: Path, reference: Callable[[str], SecretRef], monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    (folder / ".env").write_text(f"A={value}\nB={value}\n")
    (folder / "token").write_text(value)
    read: list[str] = []
    original = Folder.read

    def reading(self: Folder, name: str, *, limit: int = LIMIT) -> bytes:
        read.append(name)
        return original(self, name, limit=limit)

    monkeypatch.setattr(Folder, "read", reading)
    stores = SecretStores(folder, {})
    wanted = [reference(text) for text in ("dotenv://.env#/A", "dotenv://.env#/B", "file://token", "file://token")]
    found = [asyncio.run(stores.resolve(wanted)), asyncio.run(stores.resolve(wanted))]
    assert sorted(read) == [".env", "token"]
    for answers in found:
        assert answers == dict.fromkeys(wanted, Secret(value))


def test_all_problems_come_back_together_and_beside_the_values(
    folder: Path, reference: Callable[[str], SecretRef], value: str
) -> None:
    stores = SecretStores(folder, {"A": value})
    good, missing, unknown = (reference(text) for text in ("env://A", "env://B", "file://nothing"))
    found = asyncio.run(stores.resolve([good, missing, unknown]))
    assert found[good] == Secret(value)
    assert "B is not set" in str(found[missing])
    assert "no such file" in str(found[unknown])
