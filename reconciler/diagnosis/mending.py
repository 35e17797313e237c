"""Mending: what to do about wrong or missing values, and the command that plans it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from reconciler.diagnosis.kind import listed
from reconciler.domain.address import Kind
from reconciler.domain.definition import External, SecretRef

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.diagnosis.case import Case
    from reconciler.domain.address import Address


def mend(case: Case, addresses: Sequence[Address], otherwise: str = "") -> tuple[str, str | None]:
    """Return the fix for values that are wrong or missing, and the command that plans it.

    `otherwise` is what a rule advises: it is what to do where the right value is not known to be declared.
    """
    steps: list[str] = []
    planned = False
    for words, concerned, can_plan in _sorted_out(case, addresses):
        if concerned:
            planned |= can_plan
            advice = f" ({otherwise})" if otherwise and not can_plan else ""
            steps.append(words.format(listed(address.key for address in concerned)) + advice)
    if planned and case.service.read_only:
        steps.append(
            f"{case.owner} is declared read_only, so reconcile never writes it: set the values in Render's dashboard"
        )
        planned = False
    return "; ".join(steps) or otherwise, plan_command(case, addresses) if planned else None


def plan_command(case: Case, addresses: Sequence[Address] = ()) -> str:
    """Return the command that plans the service, or its environment where a group's variables are concerned."""
    words = ["reconcile", "plan", "-e", case.owner.environment]
    if all(address.owner == case.owner for address in addresses):
        words += ["-s", case.owner.name]
    return shlex.join([*words, "-o", "plan.json"])


def _sorted_out(case: Case, addresses: Sequence[Address]) -> list[tuple[str, list[Address], bool]]:
    """Sort addresses by where their right value is to come from."""
    plan: list[Address] = []
    by_people: list[Address] = []
    same: list[Address] = []
    unread: list[Address] = []
    for address in addresses:
        definition = case.declared.get(address)
        if definition is None or isinstance(definition.source, External):
            by_people.append(address)
        elif isinstance(definition.source, SecretRef) and address not in case.wanted:
            unread.append(address)
        elif (wanted := case.wanted.get(address)) is not None and wanted == case.live(address):
            same.append(address)
        else:
            plan.append(address)
    files = all(address.kind is Kind.SECRET_FILE for address in by_people)
    return [
        ("put what services.yaml declares for {} on Render, by a plan", plan, True),
        ("set the right value of {} in the secret store or in services.yaml, which hold the same one", same, False),
        ("make the references of {} readable, which are not, then plan", unread, False),
        (
            f"set {{}} on the {'service (secret file)' if files and by_people else 'service'} on Render",
            by_people,
            False,
        ),
    ]
