"""Serving the application under Granian, in this process, until told to stop."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

from fastapi import FastAPI
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.net import SocketHolder  # type: ignore[attr-defined]
from granian.server.embed import Server

from graphql_api.errors import PortInUse

BACKLOG = 1_024
MOST_SILENCE_S = 20.0
"""How long a connection may hold its descriptor without asking anything, before its first request or between two."""


class _BoundServer(Server):
    """Serves on a socket that is bound already, so that port 0 is known and a taken port is refused."""

    def __init__(self, app: FastAPI, listener: socket.socket, silence_s: float) -> None:
        host, port = listener.getsockname()[:2]
        super().__init__(
            app,
            address=host,
            port=port,
            interface=Interfaces.ASGI,
            log_enabled=False,
            backlog=BACKLOG,
            http=HTTPModes.http1,  # to find out which HTTP it is, Granian would wait for a first byte for ever
            http1_settings=HTTP1Settings(header_read_timeout=round(1_000 * silence_s)),
        )
        self._listener = listener

    def _init_shared_socket(self) -> None:
        self._ssp = None
        self._shd = SocketHolder(self._listener.detach(), False, BACKLOG)  # type: ignore[assignment, call-arg]  # noqa: FBT003


def listen(host: str, port: int) -> socket.socket:
    """Bind an address; port 0 is any free one. Raises `PortInUse`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as problem:
        listener.close()
        raise PortInUse(host, port, problem.strerror or str(problem)) from problem
    listener.settimeout(0)
    return listener


def address_of(listener: socket.socket) -> str:
    """Return the address that a client asks at."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def serve(
    app: FastAPI,
    listener: socket.socket,
    stop: asyncio.Event,
    close: Callable[[], Awaitable[None]],
    silence_s: float = MOST_SILENCE_S,
) -> None:
    """Serve until `stop` is set; then `close` ends what would never end by itself."""
    server = _BoundServer(app, listener, silence_s)
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
    await close()
    server.stop()  # type: ignore[no-untyped-call]
    stopping.cancel()
    await serving
