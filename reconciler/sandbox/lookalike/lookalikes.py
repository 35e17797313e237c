"""Lookalikes: what a value is, and how one of its kind is made up."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING

from reconciler.domain.definition import TypeSpec
from reconciler.rules.leak import looks_secret
from reconciler.sandbox.lookalike.addresses import Addresses
from reconciler.sandbox.lookalike.characters import chosen, digits_like, drawn_like, random_bytes, whole_number
from reconciler.sandbox.lookalike.pem import pem_like
from reconciler.value_types import TYPE_NAMES, check
from reconciler.value_types.token import jwt_claims

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reconciler.domain.definition import Definition, Json

_PREFIX = re.compile(
    r"(?:sk|pk|rk|rnd|llx|ghp|gho|ghs|github_pat|glpat|xox[abprs]|sb_secret|sb_publishable|npm|glsa|dop_v1|whsec|hvs)"
    r"(?:[-_.](?:live|test|proj|ant|svcacct|admin|api[0-9]+))*[-_.]"
    r"|AKIA|ASIA|AIza|SG\."
)
"""What vendors' keys begin with, which says what they are and nothing of the key."""
_SWITCHES = (("true", "false"), ("0", "1"))
_KEPT_CLAIMS = frozenset({"alg", "typ", "role", "iat", "nbf", "exp"})
"""What says what a token is for, and when."""
_MEMBER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$.:/-]{0,63}")
"""What a member's name in JSON looks like where it is a name, not a value."""
_PLACEHOLDER = "[YOUR-PASSWORD]"
"""What Supabase's dashboard shows for a password: no secret, and a mistake that checks know."""
_NO_EVIDENCE = frozenset({"string", "enum"})
_MOST_RECOGNISED = 20_000
"""Characters of the longest text that is looked at as every type."""
_TRIES = 25
_BARE = re.compile(
    r"[^\s,@]+@[^\s,@]+|(?:[A-Za-z0-9_-]+\.)+[A-Za-z0-9-]+(?::[0-9]{1,5})?|\[?[0-9A-Fa-f:]*:[0-9A-Fa-f:]+\]?"
)
_HOST_AND_PORT = re.compile(r"[A-Za-z][A-Za-z0-9-]*:[0-9]{2,5}")


class Lookalikes:
    """Makes up a value for each that it is given, the same for the same.

    What is made up is of every type that the value is of, and right by a definition by which the value is; where that
    cannot be had, as for a regular expression, it is of the same shape all the same.
    """

    def __init__(self) -> None:
        self.unlike: list[Definition] = []
        """By which definitions a value is right, and what was made up for it is not."""
        self._made: dict[str, str] = {}
        self._parts: dict[str, str] = {_PLACEHOLDER: _PLACEHOLDER}
        self._addresses = Addresses(self._part)

    def keep(self, part: str) -> None:
        """Let a part of addresses and tokens be itself, such as a project's reference that everybody may know."""
        self._parts[part] = part

    def keep_host(self, host: str, as_: str | None = None) -> None:
        """Let a host's name be itself, or be what stands for it in the sandbox."""
        self._addresses.keep(host, as_)

    def alias(self, value: str, stands_for: str) -> None:
        """Say what the sandbox has in place of a whole value, such as the address of its own database."""
        self._made.setdefault(value, stands_for)

    def of(self, text: str) -> str:
        """Return a text's lookalike."""
        if text not in self._made:
            self._made[text] = self._made_up(_whole(text))
        return self._made[text]

    def defined(self, text: str, definition: Definition) -> str:
        """Return the lookalike of a value that has a definition, and remember it for all who have the value."""
        text = _whole(text)
        spec, known = definition.type, self._made.get(text)
        made = known or self._made_up_by(spec, text)
        for _ in range(_TRIES):
            if self._as_right(spec, text, made):
                break
            self._parts.pop(text, None)
            made = self._made_up_by(spec, text)
        else:
            self.unlike.append(definition)
        self._made.setdefault(text, made)
        return made

    def _made_up_by(self, spec: TypeSpec, text: str) -> str:
        return self._typed(text, spec) or self._made_up(text)

    @staticmethod
    def _as_right(spec: TypeSpec, text: str, made: str) -> bool:
        return check(spec, text) is not None or check(spec, made) is None

    def _typed(self, text: str, spec: TypeSpec) -> str | None:
        """Return what only a definition tells how to make up."""
        match spec.name, spec.options:
            case "enum", {"values": list(values)} if text in values:
                return chosen(*(str(each) for each in values))
            case "integer", {"min": int(least), "max": int(most)} if check(spec, text) is None:
                return str(whole_number(least, most))
            case "api_key", {"prefix": str(prefix)} if text.startswith(prefix):
                return prefix + self._part(text.removeprefix(prefix))
            case _:
                return None

    def _made_up(self, text: str) -> str:
        core = text.strip()
        if core and core != text:
            # White space around a value may be the mistake that somebody looks for.
            before, after = text.split(core, maxsplit=1)
            return before + self.of(core) + after
        for switch in _SWITCHES:
            if text in switch:
                return chosen(*switch)
        if text[:1] in {"{", "[", '"'} and (made := self._json(text)) is not None:
            return made
        if "-----BEGIN " in text:
            return pem_like(text)
        if text.count(".") == 2 and (claims := jwt_claims(text)) is not None:  # noqa: PLR2004 — header, claims, signature
            return self._token(text, claims)
        if (made := self._addressed(text)) is not None:
            return made
        if any(check(TypeSpec(name), text) is None for name in ("number", "duration")):
            return self._alike(text, digits_like)
        return self._part(text)

    def _addressed(self, text: str) -> str | None:
        """Return the lookalike of one address, or of several with commas between; `None` for anything else."""
        pieces = text.split(",")
        if len(pieces) > 1 and all(self._is_address(each.strip()) for each in pieces):
            return ",".join(each.replace(each.strip(), self._address(each.strip())) for each in pieces)
        return self._address(text) if self._is_address(text) else None

    @staticmethod
    def _is_address(text: str) -> bool:
        if "://" in text:
            return not any(each.isspace() for each in text)
        bare = _BARE.fullmatch(text) is not None or _HOST_AND_PORT.fullmatch(text) is not None
        return bare and any(
            check(TypeSpec(name), part) is None
            for name, part in (("email", text), ("host", text.strip("[]")), ("host", text.rpartition(":")[0]))
        )

    def _address(self, text: str) -> str:
        if "://" in text:
            return self._addresses.url(text)
        return self._addresses.email(text) if "@" in text else self._addresses.bare(text)

    def _json(self, text: str) -> str | None:
        try:
            document: Json = json.loads(text)
            made = self._document(document)
        except (ValueError, RecursionError):
            return None
        if "\n" in text:
            return json.dumps(made, ensure_ascii=False, indent=2)
        separators = (", ", ": ") if any(each.isspace() for each in text) else (",", ":")
        return json.dumps(made, ensure_ascii=False, separators=separators)

    def _document(self, node: Json, kept: frozenset[str] = frozenset()) -> Json:
        match node:
            case dict():
                return {
                    (name if _MEMBER.fullmatch(name) and not looks_secret(name) else self._part(name)): (
                        member if name in kept and not looks_secret(str(member)) else self._document(member)
                    )
                    for name, member in node.items()
                }
            case list():
                return [self._document(item) for item in node]
            case str():
                return self.of(node) if node else node
            case bool() | None:
                return node
            case int() | float():
                made: Json = json.loads(self._alike(json.dumps(node), digits_like))
                return made

    def _token(self, text: str, claims: object) -> str:
        header, _, signature = text.split(".")
        document: Json = json.loads(_decoded(header))
        parts = [_encoded(self._document(each, _KEPT_CLAIMS)) for each in (document, _as_json(claims))]
        return ".".join([*parts, _base64(random_bytes(len(signature) * 3 // 4))])

    def _part(self, text: str) -> str:
        """Return a text that is no address, or a part of one: always the same for the same."""
        if text not in self._parts:
            prefix = match.group() if (match := _PREFIX.match(text)) else ""
            rest = text.removeprefix(prefix)
            self._parts[text] = prefix + self._alike(rest, drawn_like)
        return self._parts[text]

    @staticmethod
    def _alike(text: str, draw: Callable[[str], str]) -> str:
        """Draw until there is something else that is of the same types."""
        types = types_of(text)
        made = draw(text)
        for _ in range(_TRIES):
            if made != text and types <= types_of(made):
                break
            made = draw(text)
        return made


def types_of(text: str) -> frozenset[str]:
    """Return the names of the types that a text is of, without any option."""
    if len(text) > _MOST_RECOGNISED:
        return frozenset()
    names: Sequence[str] = [name for name in TYPE_NAMES if name not in _NO_EVIDENCE]
    return frozenset(name for name in names if check(TypeSpec(name), text) is None)


def _whole(text: str) -> str:
    """Return a text without halves of surrogate pairs, which are no characters and cannot be written."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _as_json(claims: object) -> Json:
    document: Json = json.loads(json.dumps(claims))
    return document


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _encoded(document: Json) -> str:
    return _base64(json.dumps(document, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
