"""The floor of planning: httpx alone fetches and decodes the pages that a plan of the same services needs.

Run with a file that lists the services' ids; the API's address and key come from the environment, as a plan's do.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import httpx

PARALLELISM = 16
PAGE = 100


async def main(ids: list[str]) -> None:
    slots = asyncio.Semaphore(PARALLELISM)
    key = os.environ["RENDER_API_KEY"]
    async with httpx.AsyncClient(
        http2=True,
        base_url=os.environ["RENDER_API_URL"],
        headers={"Authorization": f"Bearer {key}"},
        limits=httpx.Limits(max_connections=PARALLELISM, max_keepalive_connections=PARALLELISM),
    ) as client:

        async def get(path: str, **query: str) -> list[dict[str, str]]:
            async with slots:
                answer = await client.get(path, params={"limit": str(PAGE), **query})
            items: list[dict[str, str]] = answer.raise_for_status().json()
            return items

        page = await get("/services")
        while len(page) == PAGE:
            page = await get("/services", cursor=page[-1]["cursor"])
        await asyncio.gather(*(get(f"/services/{service}/env-vars") for service in ids))


if __name__ == "__main__":
    asyncio.run(main(json.loads(Path(sys.argv[1]).read_text())))
