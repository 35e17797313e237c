"""A rough network, as mitmproxy runs it: answers come late, not at all, cut short, or are refused for a while.

Loaded by `mitmdump --scripts`, in mitmproxy's own environment: nothing of the project can be imported here. What was
done to each request is told in a line of JSON in the file that `SOAK_LOG` names.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

from mitmproxy import http  # type: ignore[import-not-found]  # mitmproxy has an environment of its own

STRIKES_IN_A_ROW = 3
"""Fewer than the client has attempts."""
STORM_EVERY = 500
STORM_SECONDS = 0.3


class Rough:
    """Strikes about every fifth request, by numbers that are the same in every run."""

    def __init__(self) -> None:
        self._log = Path(os.environ["SOAK_LOG"]).open("a", encoding="utf-8", buffering=1)  # noqa: SIM115 — as long as it runs
        self._random = random.Random(7)  # noqa: S311 — nothing secret about it
        self._struck: Counter[tuple[str, str]] = Counter()
        self._seen = 0
        self._storm_ends = 0.0

    async def request(self, flow: Any) -> None:  # noqa: ANN401 — mitmproxy's types are not at hand
        """Take a request: late, refuse it, or drop it before anybody has it."""
        self._seen += 1
        if self._seen % STORM_EVERY == 0:
            self._storm_ends = time.monotonic() + STORM_SECONDS
        if time.monotonic() < self._storm_ends:
            headers = {"ratelimit-limit": "400", "ratelimit-remaining": "0", "ratelimit-reset": "1"}
            flow.response = http.Response.make(429, b'{"message": "rate limit exceeded"}', headers)
            self._tell(flow, "refused")
            return
        flow.metadata["fault"] = self._fault(flow)
        await asyncio.sleep(self._random.choice((0.0, 0.0, 0.002, 0.01, 0.05)))
        if flow.metadata["fault"] == "reset before":
            self._tell(flow, "reset before")
            flow.kill()

    async def response(self, flow: Any) -> None:  # noqa: ANN401 — mitmproxy's types are not at hand
        """Take an answer: drop it, cut it, or pass it on."""
        if "fault" not in flow.metadata:
            return
        fault, whole = flow.metadata["fault"], flow.response.raw_content or b""
        if fault == "truncated" and len(whole) > 1:
            length = flow.response.headers.get("content-length", str(len(whole)))
            flow.response.raw_content = whole[: len(whole) // 2]
            flow.response.headers["content-length"] = length
            flow.response.headers["connection"] = "close"
        elif fault == "reset after":
            flow.kill()
        else:
            fault = "passed"
        self._tell(flow, fault)

    def _fault(self, flow: Any) -> str:  # noqa: ANN401 — mitmproxy's types are not at hand
        key = (flow.request.method, flow.request.path)
        fault = self._random.choices(("", "reset before", "reset after", "truncated"), (80, 6, 7, 7))[0]
        self._struck[key] += bool(fault)
        return fault if self._struck[key] <= STRIKES_IN_A_ROW else ""

    def _tell(self, flow: Any, what: str) -> None:  # noqa: ANN401 — mitmproxy's types are not at hand
        line = {"method": flow.request.method, "target": flow.request.path, "what": what}
        self._log.write(json.dumps(line) + "\n")


addons = [Rough()]
