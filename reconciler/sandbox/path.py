"""The danger of a normalised path: `DELETE …/env-vars/..` deletes the service.

Proxies in front of an API resolve dot segments, also percent-encoded ones, before the API sees the request. The
sandbox does it as thoroughly as any of them, so that a test can prove that a client never sends such a path.
"""

from __future__ import annotations

from urllib.parse import unquote


def normalised(raw_path: bytes) -> str:
    """Return the path after one percent-decoding, without dot segments, double slashes or a slash at the end."""
    kept: list[str] = []
    for segment in unquote(raw_path.decode("ascii")).split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in {"", "."}:
            kept.append(segment)
    return "/" + "/".join(kept)
