"""A rule: a mistake worth telling, with its stable code, why it matters, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, Flag, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from reconciler.domain.address import Address
    from reconciler.domain.definition import Definition
    from reconciler.domain.finding import Severity
    from reconciler.errors import Location
    from reconciler.rules.scene import Held, Place, Scene, Setting


NAMES = 10_000
"""Of how many variables' names rules remember what they say: a thousand services have the same fifty."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What a rule has to say of one address: a sentence without any value, and which definition may allow it."""

    address: Address
    message: str
    definition: Definition | None = None
    location: Location | None = None
    """Where the file says it, for an address without a definition of its own."""


class Kin(Enum):
    """Which values a rule can have something to say of: most values are a word, and rules are many."""

    ANY = "any"
    URL = "url"
    KEY = "key"
    """Tokens, and Supabase's newer keys."""


@dataclass(frozen=True, slots=True)
class Alone:
    """Looks at one value in its environment; says in a sentence what is wrong, without it, or `None`."""

    judge: Callable[[Held, Setting], str | None]
    of: Kin = Kin.ANY


@dataclass(frozen=True, slots=True)
class Among:
    """Looks at one value and at what else its service has; says what is wrong likewise."""

    judge: Callable[[Held, Place], str | None]


@dataclass(frozen=True, slots=True)
class Whole:
    """Looks at all of one service or group, values or not."""

    judge: Callable[[Place], Iterable[Remark]]


@dataclass(frozen=True, slots=True)
class Across:
    """Looks at all services and groups together."""

    judge: Callable[[Scene], Iterable[Remark]]


Look = Alone | Among | Whole | Across
"""What a rule looks at, and how it judges that."""


class Need(Flag):
    """What a rule has to know beside the file; where that is missing, it is silent."""

    NOTHING = 0
    MOMENT = auto()
    """When the values are judged."""
    RENDER = auto()
    """What Render says of the service."""
    DATASTORES = auto()
    """The databases of the service's workspace."""


@dataclass(frozen=True, slots=True)
class Example:
    """What a rule is shown with: how it looks, and values made when asked, so that none stands in the program."""

    shown: str
    scene: Callable[[], Scene]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; its code and name are public interface, and never used again for something else."""

    code: str
    name: str
    family: str
    severity: Severity
    """Errors are unquestionable; all else is a warning."""
    reason: str
    fix: str
    source: str
    """A public page, or `observed`."""
    look: Look
    fires: Example
    passes: Example
    """Its right counterpart."""
    needs: Need = Need.NOTHING
    explains_type: bool = False
    """Whether it says better than RC001 why a value is not of its type; RC001 then keeps quiet."""
