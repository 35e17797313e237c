"""Which environment a name is of, what it is called there, and that nothing is laid over what is something else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.config.load import load_text
from reconciler.domain.definition import External, FromVariable, Generate, Literal, Source
from reconciler.domain.draft import FoundEntry, FoundVariable, Inventory
from reconciler.domain.value import Secret
from reconciler.drafting import compose
from reconciler.drafting.environments import environments_named, split
from reconciler.report.services_yaml import services_yaml


def entry(name: str, environment: str | None = None, **sources: Source) -> FoundEntry:
    return FoundEntry(name, name, environment, {key: FoundVariable(source) for key, source in sources.items()})


def targets(*entries: FoundEntry) -> dict[str, dict[str, str]]:
    draft = compose(Inventory("here", entries))
    return {name: dict(found.targets) for name, found in draft.services.items()}


@pytest.mark.parametrize(
    ("name", "base", "environment"),
    [
        ("api-staging", "api", "staging"),
        ("api_prod", "api", "production"),
        ("Dev API", "API", "development"),
        ("stg.api", "api", "staging"),
        ("api", "api", None),
        ("production", "production", None),
        ("devices", "devices", None),
        ("api-staging-2", "api-staging-2", None),
        ("reproduction-api", "reproduction-api", None),
    ],
)
def test_a_name_tells_its_environment(name: str, base: str, environment: str | None) -> None:
    assert split(name) == (base, environment)


def test_services_that_differ_in_that_word_are_one() -> None:
    assert targets(entry("api-staging"), entry("api-prod"), entry("dev-api"), entry("worker")) == {
        "api": {"development": "dev-api", "staging": "api-staging", "production": "api-prod"},
        "worker": {"production": "worker"},
    }


def test_what_is_known_goes_before_what_a_name_says() -> None:
    assert targets(entry("api-staging", "production"), entry("api", "staging"), entry("api-qa", "qa")) == {
        "api": {"staging": "api", "qa": "api-qa"},
        "api-staging": {"production": "api-staging"},
    }


def test_two_that_would_be_one_stay_two() -> None:
    assert targets(entry("api"), entry("api-production"), entry("api-staging")) == {
        "api": {"staging": "api-staging", "production": "api"},
        "api-production": {"production": "api-production"},
    }
    assert targets(entry("日本"), entry("中国-staging")) == {
        "unnamed": {"staging": "中国-staging"},
        "unnamed-2": {"production": "日本"},
    }
    assert environments_named(["プロド", "ステージ", "Prod", "production", "EU West"]) == {
        "プロド": "unnamed-2",
        "ステージ": "unnamed",
        "Prod": "production",
        "production": "production",
        "EU West": "eu-west",
    }


def test_sources_of_several_kinds_are_what_people_set() -> None:
    one = entry("a-staging", A=Literal(Secret("1")), B=Generate(), C=External())
    other = entry("a-production", A=External(), B=Generate(bytes=16), C=External())
    draft = compose(Inventory("here", (one, other)))
    for key, notes in (("A", 1), ("B", 1), ("C", 0)):
        variable = draft.services["a"].variables[key]
        assert variable.sources == {"staging": External(), "production": External()}
        assert len(variable.notes) == notes


def test_only_what_all_agree_on_is_said_once() -> None:
    same, other = Literal(Secret("1")), Literal(Secret("2"))
    draft = compose(Inventory("here", (entry("a", A=same, B=same), entry("b", A=same, B=other, C=same))))
    assert list(draft.shared) == ["A"]


@given(
    st.lists(
        st.tuples(
            st.text(min_size=1, max_size=12)
            | st.sampled_from(["api", "api-prod", "api-staging", "groups", "a/b", "a b"]),
            st.sampled_from([None, "staging", "production", "eu"]),
            st.dictionaries(
                st.sampled_from(["A", "B", "C"]),
                st.sampled_from(["x", "y"]).map(lambda text: Literal(Secret(text)))
                | st.tuples(st.sampled_from(["api", "api-prod"]), st.sampled_from("ABC")).map(
                    lambda at: FromVariable(*at)
                )
                | st.just(External()),
            ),
        ),
        unique_by=lambda found: found[0],
        min_size=1,
    )
)
def test_whatever_is_found_makes_a_valid_file(found: list[tuple[str, str | None, dict[str, Source]]]) -> None:
    entries = tuple(
        FoundEntry(name, f"srv-{number:020}", environment, {key: FoundVariable(one) for key, one in sources.items()})
        for number, (name, environment, sources) in enumerate(found)
    )
    desired = load_text(services_yaml(compose(Inventory("here", entries))), "services.yaml")
    assert sorted(service.target for service in desired.services.values()) == sorted(one.target for one in entries)
    assert sum(len(one.variables) for one in desired.services.values()) == sum(len(one.variables) for one in entries)
