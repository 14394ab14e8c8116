"""What the pipeline found goes into the spool; a spool that fills up is said, and holds the cameras."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from event_store.events.event import Event
from event_store.events.ops import SpoolDrained, SpoolFilled
from vision_workers.pipeline import Step
from vision_workers.pipeline.store import StoreWatch
from vision_workers.spool.drain import Drain
from vision_workers.spool.errors import DiskFull
from vision_workers.spool.spool import FULL_AT, ROOM_AT, Spool
from vision_workers.worker.errors import DrainFailed

AGAIN_S = 1.0
"""Between attempts to write to a full disk."""

log = structlog.get_logger(__name__)


class SpoolOutlet:
    """Puts steps into the spool, and reports when it fills and drains."""

    def __init__(self, spool: Spool, drain: Drain, worker: str, stopped: Callable[[], bool]) -> None:
        self.spool, self.drain = spool, drain
        self._worker, self._stopped = worker, stopped
        self.stores: list[StoreWatch] = []
        """In whose names the worker speaks of itself."""
        self.full = False
        self.on_look: Callable[[], None] = lambda: None
        """Called whenever there is room, by the thread that watches."""

    def put(self, step: Step) -> None:
        """Keep a step; a full disk is waited for, since nothing may be lost."""
        while True:
            try:
                return self.spool.put(step)
            except DiskFull as problem:
                if self._stopped():
                    raise
                log.warning(str(problem))
                time.sleep(AGAIN_S)

    def has_room(self) -> bool:
        """Tell whether the spool is below its limit, with some distance once it was full."""
        self.check()
        full = self.spool.share >= (ROOM_AT if self.full else FULL_AT)
        if full != self.full:
            self.full = full
            self._report()
        if not full:
            self.on_look()
        return not full

    def check(self) -> None:
        """Raise `DrainFailed` when the drain has ended by itself."""
        if self.drain.failure is not None:
            raise DrainFailed(self.drain.failure)

    def _report(self) -> None:
        waiting, now = self.spool.waiting_records, datetime.now(UTC)
        event: Event = SpoolDrained(time=now, worker=self._worker, waiting_records=waiting)
        if self.full:
            limit = self.spool.limit_bytes
            event = SpoolFilled(time=now, worker=self._worker, limit_bytes=limit, waiting_records=waiting)
            log.error("the spool is full; cameras wait until the broker takes facts", limit=limit, waiting=waiting)
        else:
            log.warning("the spool has room again; cameras go on", waiting=waiting)
        for store in self.stores:
            operation = store.operation(event)
            self.put(Step(source=operation.source, key=store.plan.key, time=None, operations=(operation,)))
