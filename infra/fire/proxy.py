"""A TCP proxy on the loopback address: it can be cut, healed, slowed down, or turn everybody away."""

import asyncio
import contextlib
import socket
import struct
import threading
from types import TracebackType
from typing import Self

from infra.local.ports import LOOPBACK

CHUNK_BYTES = 65_536


class Proxy:
    """Forwards what reaches `port` to another port; a context manager with a thread of its own.

    Cut off, it swallows nothing and answers nothing, as a network does whose packets go nowhere: what was sent
    arrives after it has healed, unless it heals with broken connections.
    """

    def __init__(self, port: int, target: int) -> None:
        self.port, self._target = port, target
        self._loop: asyncio.AbstractEventLoop
        self._thread: threading.Thread
        self._through: asyncio.Event
        self._delay_s = 0.0
        self._turns_away = False
        self.turned_away = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"proxy-{self.port}", daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self) -> None:
        """Let nothing through in either direction; connections stay open."""
        self._loop.call_soon_threadsafe(self._through.clear)

    def heal(self, *, broken: bool = False) -> None:
        """Let everything through again at full speed; `broken` ends the connections that were there."""
        self._delay_s = 0.0
        self._turns_away = False
        if broken:
            self._loop.call_soon_threadsafe(self._break)
        self._loop.call_soon_threadsafe(self._through.set)

    def turn_away(self) -> None:
        """End every connection, and each new one at once, as a host does whose server has died."""
        self._turns_away = True
        self._loop.call_soon_threadsafe(self._break)

    def slow_down(self, delay_s: float) -> None:
        """Hold every piece back for so long."""
        self._delay_s = delay_s

    async def _listen(self) -> None:
        self._through = asyncio.Event()
        self._through.set()
        self._server = await asyncio.start_server(self._accept, LOOPBACK, self.port)

    async def _close(self) -> None:
        self._server.close()
        self._break()
        self._through.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()
        await asyncio.sleep(0)  # the transports let go of their sockets in the loop's next round

    def _break(self) -> None:
        for writer in self._writers:
            _reset(writer)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self._loop.create_task(self._forward(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._through.wait()
        if self._turns_away:
            self.turned_away += 1
            _reset(writer)
            return
        try:
            answers, target = await asyncio.open_connection(LOOPBACK, self._target)
        except OSError:
            _reset(writer)
            return
        ends = {writer, target}
        self._writers |= ends
        if self._turns_away:  # since the target was called
            self._break()
        try:
            await asyncio.gather(self._pump(reader, target), self._pump(answers, writer))
        except OSError:
            for end in ends:
                _reset(end)
        finally:
            self._writers -= ends
            for end in ends:
                end.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(CHUNK_BYTES):
            if self._delay_s:
                await asyncio.sleep(self._delay_s)
            await self._through.wait()
            writer.write(piece)
            await writer.drain()
        with contextlib.suppress(OSError):
            writer.write_eof()


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection as a router does that has forgotten it, not as a program that says goodbye."""
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
