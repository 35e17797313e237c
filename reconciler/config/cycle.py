"""Circles in what needs what."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def cycles(edges: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Return circles, each as its names in order with the first repeated; at least one of every knot."""
    done: set[str] = set()
    for start in edges:
        path: list[str] = []
        places: dict[str, int] = {}
        # A stack of iterators instead of recursion: chains are as long as the file.
        stack = [iter((start,))]
        while stack:
            name = next(stack[-1], None)
            if name is None:
                stack.pop()
                if path:
                    left = path.pop()
                    del places[left]
                    done.add(left)
            elif name in places:
                yield (*path[places[name] :], name)
            elif name not in done and name in edges:
                places[name] = len(path)
                path.append(name)
                stack.append(iter(edges[name]))
