"""Empties the spool into its sink, on a thread of its own, for as long as the worker runs."""

import asyncio
import threading
import time

import structlog

from vision_workers.sink import Sink, SinkDown
from vision_workers.spool.spool import Spool

BATCH = 1_000
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0
"""Between attempts while the sink is down; doubled each time."""
PROMPT_S = 3.0
"""A sink that takes longer is told of, long before sending gives up."""
REMIND_S = 30.0
"""How often it is said that the sink is down."""

log = structlog.get_logger(__name__)


class Drain:
    """Sends what waits, in order, and drops it only when the sink has it."""

    def __init__(self, spool: Spool, sink: Sink) -> None:
        self._spool, self._sink = spool, sink
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="drain", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False
        self._said = 0.0
        self.trouble: str | None = None
        """Why the sink takes nothing now; None while it does."""
        self.acknowledged_at: float | None = None
        """When the sink has taken something last, on the clock that only goes forward; None before."""
        self.sending_since: float | None = None
        """Since when it owes an answer, on the same clock; None while nothing is sent."""
        self.failure: Exception | None = None
        """Why the drain ended by itself; None while it runs."""

    @property
    def silence(self) -> str | None:
        """Why it is not known that the sink takes what it is given; None while it is."""
        if self.trouble is not None:
            return self.trouble
        waited_s = 0.0 if self.sending_since is None else time.monotonic() - self.sending_since
        if waited_s > PROMPT_S:
            return f"it has not answered for {waited_s:.0f} s"
        return "not heard of yet" if self.acknowledged_at is None else None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, patience_s: float) -> bool:
        """Send for at most so long what still waits, then end; return whether everything went out."""
        deadline = time.monotonic() + patience_s
        while self._may_empty() and time.monotonic() < deadline:
            time.sleep(0.02)
        self._stopping = True
        self._wake()
        if self._thread.is_alive():  # it never began where something went wrong before
            self._thread.join(max(deadline - time.monotonic(), 5.0))
        return self._spool.waiting_records == 0

    def _may_empty(self) -> bool:
        return self._spool.waiting_records > 0 and self.trouble is None and self._thread.is_alive()

    def _wake(self) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._put.set)

    async def _run(self) -> None:
        self._put = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._spool.on_put = self._wake
        try:
            await self._drain()
        except Exception as problem:  # noqa: BLE001 - the worker looks at it and ends; a thread can tell nobody else
            self.failure = problem
        finally:
            await self._sink.close()

    async def _drain(self) -> None:
        pause_s = FIRST_PAUSE_S
        while not self._stopping:
            self._put.clear()
            batch = self._spool.batch(BATCH)
            if not batch:
                await self._put.wait()
                continue
            self.sending_since = self.sending_since or time.monotonic()
            try:
                await self._sink.send(batch)
            except SinkDown as problem:
                self._complain(str(problem))
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
                continue
            self._spool.acknowledge(batch)
            self.acknowledged_at, self.sending_since = time.monotonic(), None
            self._relax()
            pause_s = FIRST_PAUSE_S

    def _complain(self, why: str) -> None:
        self.trouble = why
        if time.monotonic() - self._said > REMIND_S:
            self._said = time.monotonic()
            log.warning(
                "the broker takes nothing; facts wait in the spool", why=why, waiting=self._spool.waiting_records
            )

    def _relax(self) -> None:
        if self.trouble is not None:
            self.trouble, self._said = None, 0.0
            log.warning("the broker takes facts again", waiting=self._spool.waiting_records)
