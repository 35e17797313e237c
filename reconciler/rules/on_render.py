"""RC120 to RC122 and RC128: names and variables that Render itself gives a meaning."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from reconciler.domain.definition import Absent, From
from reconciler.domain.finding import Severity
from reconciler.domain.names import KEY_PATTERN
from reconciler.domain.state import ServiceType
from reconciler.rules.example import held as example
from reconciler.rules.example import one, place
from reconciler.rules.rule import Example, Need, Remark, Rule, Whole
from reconciler.rules.scene import Rendered, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.rules.scene import Place

FAMILY = "Render"
VARIABLES = "https://render.com/docs/environment-variables"
_KEY = re.compile(KEY_PATTERN.replace("$", r"\Z"))
_LISTENS_NOWHERE = frozenset({ServiceType.BACKGROUND_WORKER, ServiceType.CRON_JOB})
_DEFAULT_CHANGED = datetime(2025, 12, 8, tzinfo=UTC)


def _is_reserved(key: str) -> bool:
    return key == "RENDER" or key.startswith("RENDER_")


def _reserved(place: Place) -> Iterator[Remark]:
    for key, held in place.variables.items():
        if _is_reserved(key):
            yield Remark(place.address(held), "Render sets this name itself", held.definition)


def _key_syntax(place: Place) -> Iterator[Remark]:
    for key, held in place.variables.items():
        if not _KEY.search(key) and not _is_reserved(key):
            yield Remark(place.address(held), "Render does not take this name", held.definition)


def _port(place: Place) -> Iterator[Remark]:
    held = place.variables.get("PORT")
    if held is None or isinstance(held.definition.source, Absent | From):
        return  # what is taken from a database is the port of the database
    if place.rendered is not None and place.rendered.type in _LISTENS_NOWHERE:
        message = "nothing can reach a port of this service: it is no web service"
        yield Remark(place.address(held), message, held.definition)


def _web_concurrency(place: Place) -> Iterator[Remark]:
    made = place.rendered.created_at if place.rendered is not None else None
    held = place.variables.get("WEB_CONCURRENCY")
    if held is None or isinstance(held.definition.source, Absent):
        return
    if made is not None and made >= _DEFAULT_CHANGED:
        message = "overrides the number of processes that Render now sets by itself for services made since 2025-12-08"
        yield Remark(place.address(held), message, held.definition)


def _worker(key: str, value: str, kind: ServiceType, made: datetime | None = None) -> Scene:
    rendered = Rendered(frozenset({key}), kind, created_at=made)
    return Scene((place(example(key, value), rendered=rendered),))


RESERVED = Rule(
    code="RC120",
    name="reserved-name",
    family=FAMILY,
    severity=Severity.ERROR,
    reason="`RENDER` and `RENDER_*` are the platform's: what is set there is overwritten or refused.",
    fix="choose another name",
    source=VARIABLES,
    look=Whole(_reserved),
    fires=Example("a variable RENDER_REGION", lambda: one("RENDER_REGION", "oregon")),
    passes=Example("a variable APP_REGION", lambda: one("APP_REGION", "oregon")),
)
PORT_ON_WORKER = Rule(
    code="RC121",
    name="port-on-worker",
    family=FAMILY,
    severity=Severity.WARNING,
    reason="Background workers and cron jobs get no traffic; a PORT there is a copy of some web service's variables.",
    fix="take PORT out, or declare it absent",
    source="https://render.com/docs/background-workers",
    look=Whole(_port),
    fires=Example("PORT on a background worker", lambda: _worker("PORT", "10000", ServiceType.BACKGROUND_WORKER)),
    passes=Example("PORT on a web service", lambda: _worker("PORT", "10000", ServiceType.WEB_SERVICE)),
    needs=Need.RENDER,
)
KEY_SYNTAX = Rule(
    code="RC122",
    name="key-syntax",
    family=FAMILY,
    severity=Severity.ERROR,
    reason="Names have letters, digits, `_`, `-` and `.`, and do not start with a digit; Render refuses others.",
    fix="rename the variable",
    source=VARIABLES,
    look=Whole(_key_syntax),
    fires=Example("a variable 2FA_ISSUER", lambda: one("2FA_ISSUER", "Acme")),
    passes=Example("a variable TWO_FACTOR_ISSUER", lambda: one("TWO_FACTOR_ISSUER", "Acme")),
)
WEB_CONCURRENCY = Rule(
    code="RC128",
    name="web-concurrency",
    family=FAMILY,
    severity=Severity.WARNING,
    reason="For services made since 2025-12-08 Render sets WEB_CONCURRENCY by the instance's CPUs; a number that was "
    "right elsewhere can take more memory than there is.",
    fix="take it out, or allow it with the measurement that it comes from",
    source=VARIABLES,
    look=Whole(_web_concurrency),
    fires=Example(
        "WEB_CONCURRENCY on a service made on 2026-01-01",
        lambda: _worker("WEB_CONCURRENCY", "4", ServiceType.WEB_SERVICE, datetime(2026, 1, 1, tzinfo=UTC)),
    ),
    passes=Example(
        "WEB_CONCURRENCY on a service made on 2025-01-01",
        lambda: _worker("WEB_CONCURRENCY", "4", ServiceType.WEB_SERVICE, datetime(2025, 1, 1, tzinfo=UTC)),
    ),
    needs=Need.RENDER,
)
