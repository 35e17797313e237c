"""Every mistake of a file is told at once, in order of place, and one mistake is told once."""

from __future__ import annotations

from tests.unit.config.mistakes import SERVICE, VARIABLES, mistakes_of

MANY = """\
version: 1
environments:
  staging: {aprovals: 1}
  qa:
variables:
  SHARED: {type: port, value: many}
servces: {}
services:
  api:
    render: api-{environment}
    prune: yes
    deploy: {after: [worker], timeout: soon}
    variables:
      SHARED:
      ..: x
      FIRST: {value: x, secret: env://X}
      SECOND: ""
      SECOND: y
      THIRD: {from: {service: apy, property: url}}
"""


def test_mistakes_of_every_kind_are_told_together_in_order_of_place() -> None:
    assert [mistake.partition(": ")[0] for mistake in mistakes_of(MANY)] == [
        "3:13",
        "4:3",
        "6:31",
        "7:1",
        "11:12",
        "12:22",
        "12:40",
        "15:7",
        "16:25",
        "17:15",
        "18:7",
        "19:31",
    ]


def test_what_is_broken_is_not_said_to_be_missing() -> None:
    text = SERVICE + (
        "    env_groups: [observability]\n"
        "    variables:\n"
        "      A: {from: {service: worker, variable: B}}\n"
        "      C: {from: {service: worker, property: url}}\n"
        "  worker:\n"
        "    render: worker-{environment}\n"
        "    deploy: {after: [broken]}\n"
        "    variables:\n"
        "      B: {vlue: x}\n"
        "  broken: {rendr: x}\n"
        "env_groups:\n"
        "  observability: {rendr: x}\n"
    )
    assert [mistake.partition(": ")[2].partition(";")[0] for mistake in mistakes_of(text)] == [
        "unknown key `vlue` in `B`",
        "unknown key `rendr` in `broken`",
        "unknown key `rendr` in `observability`",
    ]


def test_a_bare_name_of_a_broken_shared_definition_is_no_second_mistake() -> None:
    text = VARIABLES + "      A:\nvariables:\n  A: {vlue: x}\n"
    assert mistakes_of(text) == ["11:7: unknown key `vlue` in `A`; did you mean `value`?"]


def test_columns_count_characters_after_any_line_end() -> None:
    lines = [
        "version: 1",
        "environments: {staging: {}}",
        'services: {a: {render: a, variables: {A: "\U0001f418é", B: ""}}}',
    ]
    for end in ("\n", "\r\n", "\r"):
        assert [mistake.partition(": ")[0] for mistake in mistakes_of(end.join(lines))] == ["3:51"]
