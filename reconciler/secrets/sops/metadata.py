"""What an encrypted file says of itself, read before `sops` acts on it.

A file may name the server of a Vault transit key. `sops` would send the token of the environment to whatever address
stands there, so a file that somebody else wrote could have it sent anywhere.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import yaml

from reconciler.secrets.store import UnresolvedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAME = "vault_address"
# Wider than what is written by sops: what is found too much only makes for a refusal.
_LINE = re.compile(rf"{NAME}[^=:\n]*[=:]\s*(.*?)\s*$", re.MULTILINE)
_ADDRESSES = ("VAULT_ADDR", "BAO_ADDR")


def check_vault_address(text: str, encoding: str, environ: Mapping[str, str]) -> None:
    """Raise `UnresolvedError` for a file that would have a token sent to another server than the environment's."""
    named = {address.rstrip("/") for address in _addresses(text, encoding)}
    trusted = {environ.get(name, "").strip().rstrip("/") for name in _ADDRESSES} - {""}
    if named - trusted:
        raise UnresolvedError(
            "its key is kept by a Vault server that is not the one in VAULT_ADDR, and it would be sent the token; set "
            "VAULT_ADDR to the address in the file, if that is right"
        )


def _addresses(text: str, encoding: str) -> Iterator[str]:
    try:
        match encoding:
            case "yaml":
                for document in yaml.compose_all(text, Loader=yaml.CSafeLoader):
                    yield from _in_yaml(document)
            case "json" | "binary":
                found: list[str] = []
                json.loads(text, object_pairs_hook=lambda pairs: _note(pairs, found))
                yield from found
            case _:
                yield from _LINE.findall(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        unreadable = True
    else:
        unreadable = False
    if unreadable:
        # Their texts quote the file; what is encrypted in it is no secret, but the rest may be.
        raise UnresolvedError(f"the file is not {'JSON' if encoding == 'binary' else encoding} that sops wrote")


def _note(pairs: list[tuple[str, object]], found: list[str]) -> None:
    found += [str(value) for name, value in pairs if name == NAME]


def _in_yaml(document: yaml.Node | None) -> Iterator[str]:
    """Walk all mappings of a document, one that is referred to more than once only once."""
    seen: set[int] = set()
    waiting = [document]
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == NAME:
                    yield str(value.value)
                waiting.append(value)
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)
