"""`op://VAULT/ITEM[/SECTION]/FIELD[?attribute=NAME][#/pointer]`: 1Password, by its own program's `op read`.

https://developer.1password.com/docs/cli/secret-reference-syntax/ has the syntax, which is 1Password's own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.secrets.attempts import Patience
from reconciler.secrets.batch import by_place
from reconciler.secrets.json_value import parse_json, pointed
from reconciler.secrets.program import AT_ONCE, run
from reconciler.secrets.store import (
    ForbiddenError,
    MissingError,
    PassingError,
    UnreachableError,
    UnresolvedError,
    check_parameters,
    check_text,
    decoded,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.domain.definition import SecretRef
    from reconciler.domain.value import Secret
    from reconciler.secrets.store import Answer, Surroundings

VERSION = "version 2 or newer"
PARAMETERS = ("attribute", "ssh-format")
_QUOTED = re.compile(r"\"[^\"]*\"")
_NAME = re.compile(r"[A-Za-z0-9 ._-]+")
_PARTS = (3, 4)
"""Vault, item, field, and perhaps a section before the field."""

# The program ends with 1 whatever it was, and says in words what: these are of its versions 2.x.
_MISSING = re.compile(r"isn't an? (?:vault|item|field|section)|could not find|not found|does not have a field")
_THROTTLED = re.compile(r"rate limit|too many requests|\b429\b")
_UNREACHABLE = re.compile(r"dial tcp|no such host|connection (?:refused|reset)|network|timeout|timed out|\b50[0-9]\b")
_UNTRUSTED = re.compile(r"x509|certificate")
_FORBIDDEN = re.compile(
    r"sign(?:ed)? ?in|session expired|no accounts? |unauthori[sz]ed|forbidden|permission|invalid token|service account "
    r"token|\b40[13]\b|authoriz"
)


def open_store(surroundings: Surroundings) -> OnePasswordStore:
    """Return the store that the program is signed in to."""
    # What reads 1Password needs no key of ours.
    environ = {name: text for name, text in surroundings.environ.items() if name not in surroundings.own_keys}
    return OnePasswordStore(environ)


class OnePasswordStore:
    """Has `op` read fields, each by itself."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._patience = Patience()

    async def fetch(self, references: Sequence[SecretRef]) -> Mapping[SecretRef, Answer]:
        """Answer each reference from its field."""
        return await by_place(references, _place, self._read, _pick, at_once=AT_ONCE)

    async def _read(self, place: str) -> bytes:
        return await self._patience.attempted(lambda: self._once(place))

    async def _once(self, place: str) -> bytes:
        ended = await run("op", ["read", "--no-newline", place], self._environ, VERSION)
        if ended.code == 0:
            return ended.output
        # Names that people gave are no words of the program.
        raise _failure(_QUOTED.sub("…", ended.complaint.replace(place, "…")).lower())


def _place(reference: SecretRef) -> str:
    check_parameters(reference, PARAMETERS)
    parts = reference.path.split("/")
    if len(parts) not in _PARTS:
        raise UnresolvedError("it does not name vault, item and field; write `op://VAULT/ITEM/FIELD`")
    if not all(_NAME.fullmatch(part) for part in [*parts, *(text for _, text in reference.parameters)]):
        raise UnresolvedError(
            "a name in it has characters that 1Password's references do not take; write the vault's, item's or "
            "field's id instead"
        )
    query = "&".join(f"{name}={text}" for name, text in reference.parameters)
    return f"op://{reference.path}{'?' + query if query else ''}"


def _pick(content: bytes, reference: SecretRef) -> Secret:
    text = decoded(content, "field")
    if reference.pointer is None:
        return check_text(text)
    return pointed(parse_json(text, "the field"), reference.pointer)


def _failure(complaint: str) -> UnresolvedError:
    if _UNTRUSTED.search(complaint):
        return UnresolvedError("the certificate of 1Password's server is not trusted; see that `op` works by hand")
    if _THROTTLED.search(complaint):
        return PassingError("1Password throttles these requests; see `op service-account ratelimit`")
    if _UNREACHABLE.search(complaint):
        return UnreachableError("1Password cannot be reached; see that `op` works by hand")
    if _MISSING.search(complaint):
        return MissingError(
            "there is no such vault, item or field, as far as the account may see; see `op item list --vault …`"
        )
    if _FORBIDDEN.search(complaint):
        return ForbiddenError(
            "`op` is not signed in, or may not read it; set OP_SERVICE_ACCOUNT_TOKEN, or OP_CONNECT_HOST and "
            "OP_CONNECT_TOKEN, or run `op signin`"
        )
    return UnresolvedError("`op read` failed; run it by hand with this reference to see why")
