"""RC163 to RC165: secrets where others read them: in a build, in the file, in two environments at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.domain.definition import FromVariable, Literal
from reconciler.domain.finding import Severity
from reconciler.domain.names import PUBLIC_PREFIXES
from reconciler.domain.state import EnvironmentKind
from reconciler.domain.value import Secret
from reconciler.rules.address import is_local
from reconciler.rules.credential import credential_noun
from reconciler.rules.example import held as example
from reconciler.rules.example import one, place, several
from reconciler.rules.leak import looks_secret
from reconciler.rules.rule import Across, Alone, Example, Remark, Rule
from reconciler.rules.scene import Scene
from reconciler.value_types import is_credential

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.rules.scene import Held, Place, Setting

FAMILY = "Wrong place"
_LONGEST = 8192
"""Characters of a value that are looked at; a whole file has its secret at its beginning."""
_SHORTEST = 12
"""Characters from which on two equal secrets are no coincidence."""
_PUBLIC_NAME = re.compile(r"_ID$|CERT|PUBLIC|PUBLISHABLE|SITE_?KEY", re.IGNORECASE)
_PUBLIC_SHAPE = re.compile(
    r"pk_(?:live|test)_|pk\.eyJ|phc_|sb_publishable_|-----BEGIN (?:[A-Z]+ )?(?:PUBLIC KEY|CERTIFICATE)-----"
)
"""What vendors' keys begin with that browsers are given, and what everybody may know of a pair of keys."""
_SECRET_NAME = re.compile(
    r"KEY|TOKEN|SECRET|PASS|PWD|CREDENTIAL|SALT|SIGNING|COOKIE|WEBHOOK|HEADERS|CONNECTION|(?:^|_)(?:DSN|AUTH)$",
    re.IGNORECASE,
)


def _public(held: Held, _setting: Setting) -> str | None:
    if held.reading is None or not held.key.startswith(PUBLIC_PREFIXES):
        return None
    noun = credential_noun(held.reading)
    return None if noun is None else f"the value is {noun}, and everybody can read a variable of this name"


def _in_file(held: Held, _setting: Setting) -> str | None:
    if held.reading is None or not isinstance(held.definition.source, Literal):
        return None
    noun = credential_noun(held.reading)
    if noun is None or any(is_local(host.name) for host in held.reading.hosts):
        return None
    return f"the value in the file is {noun}: whoever reads the repository has it"


def same_secrets(scene: Scene) -> Iterator[list[tuple[Place, Held]]]:
    """Yield each secret that stands in several environments by where it does, the place where it hurts most first."""
    found: dict[str, list[tuple[Place, Held]]] = {}
    for where in scene.places:
        for held in where.held:
            if held.reading is not None and _is_secret(held):
                found.setdefault(held.reading.text, []).append((where, held))
    for holders in found.values():
        if len({where.owner.environment for where, _ in holders}) > 1:
            yield sorted(
                holders, key=lambda item: (item[0].setting.kind is not EnvironmentKind.PRODUCTION, str(item[0].owner))
            )


def _same_secret(scene: Scene) -> Iterator[Remark]:
    for holders in same_secrets(scene):
        # One finding for one secret.
        here, held = holders[0]
        other = next((where, it) for where, it in holders if where.owner.environment != here.owner.environment)
        more = f" and {len(holders) - 2} more" if len(holders) > 2 else ""  # noqa: PLR2004 — this one and the other
        message = f"the same secret as {other[0].address(other[1])}{more}"
        yield Remark(here.address(held), message, held.definition)


def _is_secret(held: Held) -> bool:
    """Whether a value is a secret that one environment should have to itself."""
    definition, reading = held.definition, held.reading
    if (
        reading is None
        or definition.shared
        or not definition.sensitive
        or isinstance(definition.source, FromVariable)
        or len(reading.text) < _SHORTEST
        or held.key.startswith(PUBLIC_PREFIXES)
        or _PUBLIC_NAME.search(held.key)
        or _PUBLIC_SHAPE.match(reading.text)
    ):
        return False
    if reading.url is not None:
        return any(host.has_password for host in reading.hosts)
    if definition.type.name == "string":
        # What merely looks random may be the name of a commit, an account or a price.
        is_said_so = _SECRET_NAME.search(held.key) or credential_noun(reading) is not None
        return bool(is_said_so) and looks_secret(reading.text[:_LONGEST])
    return is_credential(definition.type) and definition.type.options.get("kind") not in {"certificate", "public_key"}


def _made_up() -> str:
    return "sk-" + "Ab1" * 8


def _both(one_text: str, other_text: str, *, shared: bool = False) -> Scene:
    return Scene(
        tuple(
            place(example("VENDOR_KEY", text, "api_key", shared=shared), environment=name)
            for name, text in (("staging", one_text), ("production", other_text))
        )
    )


PUBLIC = Rule(
    code="RC163",
    name="secret-in-public-variable",
    family=FAMILY,
    severity=Severity.ERROR,
    reason="Frameworks put variables of such names into what browsers load.",
    fix="rename the variable and read it on the server only; then make a new secret, because this one is known",
    source="https://nextjs.org/docs/app/guides/environment-variables",
    look=Alone(_public),
    fires=Example(
        "a key of the form sk-… in NEXT_PUBLIC_OPENAI_KEY", lambda: one("NEXT_PUBLIC_OPENAI_KEY", _made_up())
    ),
    passes=Example(
        "a key of the form sb_publishable_… in NEXT_PUBLIC_SUPABASE_ANON_KEY",
        lambda: one("NEXT_PUBLIC_SUPABASE_ANON_KEY", "sb_publishable_" + "Ab1" * 7),
    ),
)
SAME_SECRET = Rule(
    code="RC164",
    name="same-secret-in-environments",
    family=FAMILY,
    severity=Severity.WARNING,
    reason="Who gets at staging has production too, and neither can be changed without the other.",
    fix="give each environment a secret of its own, or say `shared: true` where that is meant",
    source="https://12factor.net/config",
    look=Across(_same_secret),
    fires=Example("one vendor's key in staging and production", lambda: _both(_made_up(), _made_up())),
    passes=Example("a key for each", lambda: _both(_made_up(), _made_up()[::-1])),
)
IN_FILE = Rule(
    code="RC165",
    name="secret-in-file",
    family=FAMILY,
    severity=Severity.WARNING,
    reason="What stands in services.yaml is known to everybody who has ever cloned the repository.",
    fix="store it in a secret store, refer to it with `secret:`, and make a new one, because this one is known",
    source="https://docs.github.com/en/code-security/secret-scanning/introduction/about-secret-scanning",
    look=Alone(_in_file),
    fires=Example(
        "VENDOR_KEY: sk-…",
        lambda: several(example("VENDOR_KEY", _made_up(), source=Literal(Secret(_made_up())), sensitive=False)),
    ),
    passes=Example(
        "VENDOR_KEY: {secret: env://VENDOR_KEY}",
        lambda: several(example("VENDOR_KEY", _made_up())),
    ),
)
