"""Dropping a TCP connection from inside an ASGI application, which ASGI itself has no word for.

Returning or raising without an answer does not do: uvicorn answers 500 then. So the protocol class hands its transport
to the application in the request's state, and the application closes that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, MutableMapping

_TRANSPORT = "sandbox.transport"


class BreakableConnection(H11Protocol):
    """uvicorn's HTTP/1.1 connection, with its transport within the application's reach."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn itself
        """Remember the transport for the requests to come."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, _TRANSPORT: transport}


async def drop(
    scope: MutableMapping[str, Any], receive: Callable[[], Awaitable[MutableMapping[str, Any]]], *, flush: bool = False
) -> None:
    """Close the connection of a request; what was already sent is delivered only with `flush`."""
    transport: asyncio.Transport = scope["state"][_TRANSPORT]
    if flush:
        transport.close()
    else:
        transport.abort()
    # Until uvicorn has seen the connection die: an application that returns earlier is reported as having forgotten
    # to answer.
    while (await receive())["type"] != "http.disconnect":
        pass
