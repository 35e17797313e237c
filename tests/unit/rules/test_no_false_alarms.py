"""No false alarms: configurations that are right in production and in staging, alone and together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.domain.address import Owner
from reconciler.domain.state import ServiceType
from reconciler.rules import Place, Rendered, Scene, findings_of
from reconciler.rules.example import held, place
from tests.unit.rules.good import GOOD

if TYPE_CHECKING:
    from collections.abc import Mapping


def service(name: str, variables: Mapping[str, str], environment: str) -> Place:
    texts = {key: text.replace("{e}", environment) for key, text in variables.items()}
    holdings = [held(key, text, line=line) for line, (key, text) in enumerate(texts.items())]
    rendered = Rendered(frozenset(texts), ServiceType.WEB_SERVICE, "frankfurt")
    made = place(*holdings, environment=environment, rendered=rendered)
    return Place(Owner(environment, service=name), made.setting, made.location, made.variables, rendered=made.rendered)


def test_there_are_enough_of_them() -> None:
    assert len(GOOD) >= 60


@pytest.mark.parametrize("environment", ["production", "staging", "development"])
@pytest.mark.parametrize("name", GOOD)
def test_a_good_configuration_is_left_alone(name: str, environment: str) -> None:
    found = findings_of(Scene((service(name.replace(" ", "-"), GOOD[name], environment),), is_whole=True))
    assert [f"{finding.code} {finding.address}" for finding in found] == []
