"""Known signs in log lines: a table of words that programs, drivers and Render itself use when something is wrong.

A log line is untrusted and may hold a secret. Nothing of it is kept but the known words that were found, and names of
variables: those that the file or Render has, or that read as a name of one and nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.domain.diagnosis import Sighting, Symptom
from reconciler.domain.printable import printable
from reconciler.rules.leak import looks_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from datetime import datetime

    from reconciler.domain.deploy import LogLine

LONGEST_LINE = 4_000
"""Characters of a line that are looked at; what is known stands at its beginning or nowhere."""
EXCERPT = 100
"""Characters of what was found that are shown."""
MOST_NAMES = 20
LONGEST_NAME = 60

_NAME = r"[`'\"]?(?P<name>[A-Za-z_][A-Za-z0-9_]{1,59})[`'\"]?"
_LACKING = r"(?:required|missing|not set|not found|not defined|undefined)"
_THING = r"(?i:environment variables?|env vars?|variables?|settings?)"
_UPPER = r"[`'\"]?(?P<name>[A-Z][A-Z0-9_]{1,59})[`'\"]?"

TABLE: dict[Symptom, tuple[re.Pattern[str], ...]] = {
    symptom: tuple(re.compile(pattern) for pattern in patterns)
    for symptom, patterns in {
        Symptom.NETWORK_UNREACHABLE: (r"(?:OSError: )?(?:\[Errno 101\] )?(?i:network is unreachable)|ENETUNREACH",),
        Symptom.CONNECTION_REFUSED: (r"(?:\[Errno 111\] )?(?i:connection refused)|ECONNREFUSED",),
        Symptom.NAME_RESOLUTION: (
            r"(?i:name or service not known|temporary failure in name resolution|could not translate host name)",
            r"(?i:nodename nor servname provided|name does not resolve)|no such host|getaddrinfo failed",
            r"getaddrinfo (?:ENOTFOUND|EAI_AGAIN)|\bENOTFOUND\b",
        ),
        Symptom.AUTHENTICATION: (
            r"(?i:password authentication failed|tenant or user not found|authentication failed|invalid api key)",
            r"(?i:incorrect api key|invalid_api_key|invalid jwt|jwt expired|signature has expired|token has expired)",
            r"AuthenticationError|(?:status|HTTP|Error:?|code:?) 401\b|\b401 Unauthorized|WRONGPASS|NOAUTH",
            r"(?i:invalid signature|signature verification failed)|has role \w{1,20}, needs \w{1,20}",
        ),
        Symptom.MISSING_KEY: (
            rf"KeyError: {_NAME}",
            rf"(?i:missing)(?: (?i:required))?(?: {_THING})?:? {_UPPER}",
            rf"(?i:environment variable|env var) {_UPPER} (?i:(?:is |was )?{_LACKING}|must be set)",
            rf"{_UPPER}(?: (?i:environment variable))? (?i:(?:is|was) {_LACKING})",
            rf"{_UPPER} (?i:must be (?:set|defined)|not found\. declare it)",
            r"Field required",
        ),
        Symptom.WRONG_TYPE: (
            r"invalid literal for int\(\)|could not convert string to float|Input should be",
            r"Fernet key must be|is not a Fernet key|Incorrect padding|JSONDecodeError",
            r"(?i:invalid url|invalid dsn|could not parse (?:sqlalchemy|rfc1738) url|is not a (?:valid )?(?:\w+ )?url)",
        ),
        Symptom.PORT_NOT_BOUND: (r"(?i:no open (?:http )?ports detected|port scan timeout reached)",),
        Symptom.OUT_OF_MEMORY: (
            r"(?i:out of memory|exceeded (?:its )?memory limit)|\bMemoryError\b|OOMKilled|exited with status 137",
        ),
        Symptom.CRASH: (
            r"(?i:exited with (?:status|code) [1-9]\d{0,2})|Traceback \(most recent call last\)",
            r"(?i:exited early)",
        ),
    }.items()
}
"""What to find, by symptom. A group called `name` is a variable that the program lacks.

Sources: the words are those of CPython, Node.js, libpq, pydantic and Supabase's pooler; those of ports and exits are
Render's: https://render.com/tutorials/when-deploys-go-wrong/health-checks-and-crashes."""


@dataclass(frozen=True, slots=True)
class Logged:
    """What is known beside the lines."""

    keys: frozenset[str]
    """Variables that the file declares or that are set."""
    fatal: Sequence[tuple[str, re.Pattern[str]]]
    """What `health.log_fatal` says, each as it is shown and as it is found."""
    scrub: Callable[[str], str]
    """Takes out whatever this run knows for a value."""


@dataclass(slots=True)
class _Pile:
    first: datetime
    last: datetime
    excerpt: str
    count: int = 0
    names: dict[str, None] = field(default_factory=dict)


def sightings_of(lines: Sequence[LogLine], logged: Logged) -> list[Sighting]:
    """Return each symptom that lines, oldest first, are a sign of."""
    piles: dict[Symptom, _Pile] = {}
    known = _known_names(logged.keys)
    before: dict[str | None, str] = {}
    for line in lines:
        text = line.message[:LONGEST_LINE]
        for symptom, words, captured in _signs(text, before.get(line.instance, ""), logged):
            if symptom not in piles:
                piles[symptom] = _Pile(line.timestamp, line.timestamp, _shown(words, logged.scrub))
            pile = piles[symptom]
            pile.count += 1
            pile.first, pile.last = min(pile.first, line.timestamp), max(pile.last, line.timestamp)
            names = [*([captured] if captured else []), *(known.findall(text) if known else [])]
            for name in names:
                if len(pile.names) < MOST_NAMES:
                    pile.names.setdefault(name)
        before[line.instance] = text
    return [
        Sighting(symptom, pile.count, pile.first, pile.last, pile.excerpt, tuple(pile.names))
        for symptom, pile in piles.items()
    ]


def _signs(text: str, before: str, logged: Logged) -> Iterator[tuple[Symptom, str, str | None]]:
    """Yield what a line is a sign of, the words that say so, and a variable that it names as lacking."""
    for symptom, patterns in TABLE.items():
        for pattern in patterns:
            match = pattern.search(text)
            if match is None:
                continue
            name = match.groupdict().get("name")
            words = match.group(0)
            if name is None and symptom is Symptom.MISSING_KEY:
                # pydantic names the field on the line before.
                name = _lone_name(before, logged.keys)
            elif name is not None and not is_name(name, logged.keys, logged.scrub):
                words, name = words.replace(name, "…"), None
            yield symptom, words, name
            break
    for shown, pattern in logged.fatal:
        if pattern.search(text):
            yield Symptom.DECLARED_FATAL, shown, None
            break


def is_name(text: str, keys: Collection[str], scrub: Callable[[str], str]) -> bool:
    """Whether a text out of a log line is certainly the name of a variable: it might be the key of anything."""
    if text in keys:
        return True
    looks_so = re.fullmatch(r"[A-Z]{2,}(?:_[A-Z0-9]{1,20}){1,6}", text) is not None and sum(map(str.isdigit, text)) <= 4  # noqa: PLR2004 — S3_BUCKET_2024 is a name, what has more digits may be a key
    return looks_so and len(text) <= LONGEST_NAME and not looks_secret(text) and scrub(text) == text


def _lone_name(line: str, keys: Collection[str]) -> str | None:
    text = line.strip()
    return next((key for key in (text, text.upper()) if key in keys), None)


def _known_names(keys: Collection[str]) -> re.Pattern[str] | None:
    # A short key such as `A` or `PORT` is part of sentences; only what is plainly a name is looked for.
    plain = sorted((key for key in keys if "_" in key and len(key) > 4), key=len, reverse=True)  # noqa: PLR2004 — as above
    return re.compile(r"(?<![\w.-])(?:" + "|".join(map(re.escape, plain)) + r")(?![\w-])") if plain else None


def _shown(words: str, scrub: Callable[[str], str]) -> str:
    return printable(scrub(words))[:EXCERPT]
