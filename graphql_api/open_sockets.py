"""The websockets that are open, to be closed when the server stops."""

import asyncio
from contextlib import suppress
from typing import Protocol

RESTARTING = 1012
"""What the protocol says for a server that stops: clients open another websocket, and resume."""

WHY = "the server stops; open another websocket and resume"


PATIENCE_S = 6.0


class Closable(Protocol):
    """A websocket that can be closed from within."""

    async def close(self, code: int, reason: str) -> None:
        """Close it, and complete nothing."""


class Sockets:
    """Every websocket of one server."""

    def __init__(self) -> None:
        self._open: set[Closable] = set()
        self._gone = asyncio.Event()
        self.stopping = False

    def add(self, socket: Closable) -> None:
        """Take a websocket that was opened."""
        self._open.add(socket)

    def remove(self, socket: Closable) -> None:
        """Let a websocket go."""
        self._open.discard(socket)
        self._gone.set()

    async def close(self) -> None:
        """Close all of them, and those that are still opened, with a code that clients come back after.

        Returns once all have ended: what still runs while the program ends would crash it.
        """
        self.stopping = True
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                await asyncio.gather(*(socket.close(RESTARTING, WHY) for socket in list(self._open)))
                while self._open:
                    self._gone.clear()
                    await self._gone.wait()
