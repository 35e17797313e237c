"""Verification: whether a service, read once more after its writes, is what the plan meant it to become."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.domain.address import Address
    from reconciler.domain.value import Secret


def mismatches(expected: Mapping[Address, Secret | None], held: Mapping[Address, Secret]) -> list[Address]:
    """Return the declared addresses whose value is not the expected one; `None` expects that there is none."""
    return sorted(
        (address for address, value in expected.items() if held.get(address) != value),
        key=lambda address: address.sort_key,
    )
