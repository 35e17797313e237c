"""A sandbox without limits and waits, for many small applies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.sandbox import NO_LIMITS, RunningSandbox, Timing, running

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running(limits=NO_LIMITS, timing=Timing(created=0, build=0, pre_deploy=0, update=0, job=0)) as sandbox:
        yield sandbox
