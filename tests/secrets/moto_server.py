"""Moto's server, a stand-in for AWS's services that speaks their protocols, in a thread of the test."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from types_boto3_secretsmanager import SecretsManagerClient
    from types_boto3_ssm import SSMClient

REGION = "eu-central-1"


@dataclass(frozen=True)
class Moto:
    """A server that runs, and what an administrator does with it."""

    address: str

    def secrets_manager(self, region: str = REGION) -> SecretsManagerClient:
        client: SecretsManagerClient = self._session(region).client("secretsmanager", endpoint_url=self.address)
        return client

    def parameters(self, region: str = REGION) -> SSMClient:
        client: SSMClient = self._session(region).client("ssm", endpoint_url=self.address)
        return client

    def _session(self, region: str) -> boto3.Session:
        return boto3.Session("admin", "admin", region_name=region)


@contextmanager
def running() -> Iterator[Moto]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield Moto(f"http://{host}:{port}")
    finally:
        server.stop()
