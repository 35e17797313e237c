"""Where the server is and what it is trusted by, from the variables that Vault's and OpenBao's own commands read.

https://developer.hashicorp.com/vault/docs/commands#configure-environment-variables and
https://openbao.org/docs/commands/#environment-variables list them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.secrets.address import checked_address
from reconciler.secrets.store import UnresolvedError

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 15.0
"""Between two bytes of an answer, unless the environment says otherwise; a secret is small."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One server, as the environment describes it."""

    prefix: str
    """`VAULT` or `BAO`: all variables are taken from one family, so that no token goes to the other one's server."""
    environ: Mapping[str, str]
    address: str
    namespace: str | None
    ca: str | None
    """A file or folder of certificates; none for those that come with the client."""
    certificate: tuple[str, str] | None
    """The files of a client's certificate and key."""
    server_name: str | None
    """The name that the server's certificate is for, where that is not the address's."""
    timeout: tuple[float, float]
    """Seconds to connect, and between two bytes of an answer."""

    def variable(self, name: str) -> str:
        """Return the full name of a variable of this family."""
        return f"{self.prefix}_{name}"

    def get(self, name: str) -> str | None:
        """Return the value of a variable of this family; an empty one counts as none."""
        return self.environ.get(self.variable(name), "").strip() or None


def settings_of(environ: Mapping[str, str]) -> Settings:
    """Read the settings; raises `UnresolvedError` for what is missing or unsafe."""
    prefix = "VAULT" if environ.get("VAULT_ADDR", "").strip() or not environ.get("BAO_ADDR", "").strip() else "BAO"

    def get(name: str) -> str | None:
        return environ.get(f"{prefix}_{name}", "").strip() or None

    address = get("ADDR")
    if address is None:
        raise UnresolvedError("VAULT_ADDR is not set; set it to the server's address, as in https://vault.example.com")
    certificate, key = get("CLIENT_CERT"), get("CLIENT_KEY")
    if (certificate is None) != (key is None):
        raise UnresolvedError(f"set both of {prefix}_CLIENT_CERT and {prefix}_CLIENT_KEY, or neither")
    return Settings(
        prefix=prefix,
        environ=environ,
        address=checked_address(address, f"{prefix}_ADDR", "https://vault.example.com"),
        namespace=get("NAMESPACE"),
        ca=_authorities(environ, prefix),
        certificate=(certificate, key) if certificate and key else None,
        server_name=get("TLS_SERVER_NAME"),
        timeout=(CONNECT_SECONDS, _seconds(get("CLIENT_TIMEOUT"), f"{prefix}_CLIENT_TIMEOUT")),
    )


def _authorities(environ: Mapping[str, str], prefix: str) -> str | None:
    """Return the first that is set, a file before a folder and the server's own before everybody's."""
    for variable in (f"{prefix}_CACERT", f"{prefix}_CAPATH", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        path = environ.get(variable, "").strip()
        if path and not Path(path).exists():
            raise UnresolvedError(f"{variable} names no file or folder that exists")
        if path:
            return path
    return None


def _seconds(text: str | None, variable: str) -> float:
    if text is None:
        return ANSWER_SECONDS
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m)?", text)
    if match is None or float(match[1]) == 0:
        raise UnresolvedError(f"{variable} is not a time such as `30` or `30s`")
    return float(match[1]) * {"ms": 0.001, "m": 60.0}.get(match[2], 1.0)
