"""What the projector announces: which offsets can be queried from now on."""

import asyncio
from contextlib import suppress
from typing import Any

import msgspec
import psycopg
import structlog

from projections.taking.partition import CHANNEL, Notice

log = structlog.get_logger(__name__)

HEARTBEAT_S = 5.0
"""After so long without an announcement everybody looks again, should one have been missed."""

LONGEST_WAIT_S = 5.0

Place = tuple[str, int]


class Announcements:
    """Listens to PostgreSQL on a connection of its own and wakes whoever waits for a partition to move."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._moved: dict[Place, asyncio.Event] = {}
        self._decoder = msgspec.json.Decoder(Notice)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to listen, and to connect again whenever the connection is lost."""
        self._task = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def moved(self, topic: str, partition: int) -> asyncio.Event:
        """Return what is set once the partition moves; take it before looking, so that no move is missed."""
        return self._moved.setdefault((topic, partition), asyncio.Event())

    def wake_all(self) -> None:
        """Let everybody look again."""
        for place in list(self._moved):
            self._wake(place)

    async def _listen(self) -> None:
        wait_s = 0.1
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._url, autocommit=True, connect_timeout=5
                ) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    wait_s = 0.1
                    await self._pass_on(connection)
            except psycopg.Error as problem:
                log.warning("announcements are not heard", problem=" ".join(str(problem).split()))
                await asyncio.sleep(wait_s)
                wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    async def _pass_on(self, connection: psycopg.AsyncConnection[Any]) -> None:
        while True:
            self.wake_all()  # something may have moved while nobody listened
            async for heard in connection.notifies(timeout=HEARTBEAT_S):
                notice = self._decoder.decode(heard.payload)
                self._wake((notice.topic, notice.partition))

    def _wake(self, place: Place) -> None:
        waiting = self._moved.pop(place, None)
        if waiting is not None:
            waiting.set()
