"""PostgreSQL behind a line that stalls after so many answers, and goes on when it is told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from infra.local.ports import LOOPBACK

CHUNK_BYTES = 65_536


class Line:
    """Counts the answers that come through, and the connections that clients have open."""

    def __init__(self, target: int, answers: int) -> None:
        self._target = target
        self._left = answers
        self._through = asyncio.Event()
        self.stalled = asyncio.Event()
        self._open: set[asyncio.Task[None]] = set()

    def go_on(self) -> None:
        """Let everything through from now on."""
        self._through.set()

    async def until_nobody_is_connected(self) -> None:
        """Wait until clients have closed every connection."""
        await asyncio.gather(*self._open)

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Connect a client."""
        task = asyncio.create_task(self._forward(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, target = await asyncio.open_connection(LOOPBACK, self._target)
        back = asyncio.create_task(self._answer(answers, writer))
        try:
            with suppress(OSError):
                while piece := await reader.read(CHUNK_BYTES):
                    target.write(piece)
        finally:
            back.cancel()
            for end in (target, writer):
                end.close()
                with suppress(OSError):
                    await end.wait_closed()

    async def _answer(self, answers: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await answers.read(CHUNK_BYTES):
            if not self._left:
                self.stalled.set()
                await self._through.wait()
            self._left -= 1
            writer.write(piece)
        with suppress(OSError):
            writer.write_eof()


@asynccontextmanager
async def stalling(database: str, answers: int) -> AsyncIterator[tuple[str, Line]]:
    """Yield the database's address on a line that stalls, and the line."""
    port = urlsplit(database).port or 0
    line = Line(port, answers)
    async with await asyncio.start_server(line.accept, LOOPBACK, 0) as server:
        yield database.replace(f":{port}/", f":{server.sockets[0].getsockname()[1]}/"), line
