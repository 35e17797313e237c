"""How a service is deployed, and what proves that it is healthy."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING

from reconciler.config.duration import duration
from reconciler.domain.state import DeployMode, DeployPolicy, Health, LogPattern

if TYPE_CHECKING:
    from reconciler.config.document import DeployDocument, HealthDocument
    from reconciler.config.node import MappingNode, Place
    from reconciler.config.problems import Problems

DEFAULT_POLICY = DeployPolicy()


def deploy_policy(said: DeployDocument | None, node: MappingNode, problems: Problems) -> DeployPolicy:
    """Return how a service is deployed."""
    if said is None:
        return DEFAULT_POLICY
    mode = None if said.mode is None else DeployMode(said.mode)
    return DeployPolicy(mode, tuple(dict.fromkeys(said.after)), duration(said.timeout, node, "timeout", problems))


def health(said: HealthDocument | None, node: MappingNode, problems: Problems) -> Health | None:
    """Return what proves that a service is healthy."""
    if said is None:
        return None
    if said.path is None and said.log_ready is None and not said.log_fatal:
        problems.add(node.place, "`health` says nothing to look for; give `path`, `log_ready` or `log_fatal`")
    fatal = node.items_of("log_fatal")
    return Health(
        said.path,
        None if said.log_ready is None else _pattern(said.log_ready, node.value_places["log_ready"], problems),
        tuple(_pattern(text, fatal.places[index], problems) for index, text in enumerate(said.log_fatal)),
        duration(said.within, node, "within", problems),
    )


def _pattern(text: str, place: Place, problems: Problems) -> LogPattern:
    if len(text) < 2 or not (text.startswith("/") and text.endswith("/")):  # noqa: PLR2004 — two slashes
        return LogPattern(text)
    expression = text[1:-1]
    if not expression:
        problems.add(place, "an empty regular expression finds every line; write one between the slashes")
        return LogPattern(text)
    try:
        with warnings.catch_warnings():
            # What Python may once read differently is no expression to rely on.
            warnings.simplefilter("error")
            re.compile(expression)
    except (re.error, RecursionError, OverflowError, Warning) as error:
        where = f" (see its character {error.pos + 1})" if isinstance(error, re.error) and error.pos is not None else ""
        message = f"not a regular expression that Python reads{where}; mend it, or remove the slashes for plain text"
        problems.add(place, message)
    return LogPattern(expression, regex=True)
