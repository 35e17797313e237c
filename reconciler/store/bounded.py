"""A connection to PostgreSQL that waits for no answer longer than it should.

The server's own time limits end what the server still works on. They end nothing where the server hangs, or where the
network drops what it sends: then only this side can tell.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg

if TYPE_CHECKING:
    from psycopg.abc import PQGen

_Answer = TypeVar("_Answer")


class NoAnswerError(psycopg.OperationalError):
    """The server did not answer in time."""


class BoundedConnection(psycopg.Connection[Any]):
    """A connection whose every statement is answered within a time, or is its last."""

    answer_seconds = 0.0

    def wait(self, gen: PQGen[_Answer], *arguments: Any, **options: Any) -> _Answer:  # noqa: ANN401 — psycopg's own
        """Wait for what the server answers; raises `NoAnswerError` and closes the connection where it is late."""
        return super().wait(self._in_time(gen), *arguments, **options)

    def _in_time(self, gen: PQGen[_Answer]) -> PQGen[_Answer]:
        deadline = time.monotonic() + self.answer_seconds
        try:
            wanted = next(gen)
            while True:
                # psycopg comes back every tenth of a second, so that Ctrl-C is noticed, whether there is news or not.
                ready = yield wanted
                if time.monotonic() >= deadline:
                    # What it is in the middle of cannot be told any more, so it is not to be used again.
                    self.pgconn.finish()
                    raise NoAnswerError(f"no answer within {self.answer_seconds:g} s")
                wanted = gen.send(ready)
        except StopIteration as end:
            answer: _Answer = end.value
            return answer


def bounded_connect(answer_seconds: float, *arguments: Any, **options: Any) -> BoundedConnection:  # noqa: ANN401 — psycopg's own
    """Connect, which has a time of its own (`connect_timeout`); raises `psycopg.OperationalError`."""
    connection = BoundedConnection.connect(*arguments, **options)
    connection.answer_seconds = answer_seconds
    return connection
