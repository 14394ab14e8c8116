"""How an installation is: its processes, its cameras, and how far the read models are behind."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import msgspec

from event_store.errors import ShopfloorError
from infra.health.lag import Lag, find_lag
from infra.settings import Settings
from infra.supervision.shop import Shop
from infra.supervision.supervised import State

STALE = timedelta(seconds=10)
ENDED = "stopped"
LAG_EVERY_S = 3.0
GOODBYE_S = 1.0


class CameraStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A camera, as its worker's status file says; only what is shown, so that no model is loaded to read it."""

    organisation: str
    store: str
    camera_id: str
    state: str
    frames: int = 0
    fps: float = 0.0
    last_frame_at: datetime | None = None
    trouble: str | None = None


class SpoolStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for the broker."""

    waiting_records: int = 0


class WorkerStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A worker's status file."""

    at: datetime
    state: str
    broker: str
    spool: SpoolStatus
    cameras: tuple[CameraStatus, ...] = ()


class ProcessStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A process as it is shown."""

    name: str
    state: State
    pid: int | None
    deaths: int
    last_error: str


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is shown at one moment."""

    at: float
    """On the clock that only goes forward, in seconds."""
    processes: Sequence[ProcessStatus]
    workers: Sequence[WorkerStatus]
    lag: Lag | None
    """None while it is not known."""
    trouble: str


def read_status(shop: Shop, lag: Lag | None) -> Status:
    """Return how a running installation is."""
    processes = [
        ProcessStatus(
            name=each.role.name, state=each.state, pid=each.pid, deaths=each.deaths, last_error=each.last_error
        )
        for each in shop.processes
    ]
    return Status(
        at=time.monotonic(), processes=processes, workers=read_workers(shop.folder), lag=lag, trouble=shop.trouble
    )


def read_workers(folder: Path) -> list[WorkerStatus]:
    """Return the status of each worker that wrote one a moment ago."""
    found = []
    for file in sorted((folder / "status").glob("worker-*.json")):
        try:
            status = msgspec.json.decode(file.read_bytes(), type=WorkerStatus)
        except (OSError, msgspec.DecodeError):
            continue
        if datetime.now(UTC) - status.at < STALE or status.state == ENDED:
            found.append(status)
    return found


class LagWatch:
    """Asks for the lag every few seconds on a thread of its own, so that a silent broker holds up nothing."""

    def __init__(self, settings: Settings, ask: Callable[..., Lag] | None = None) -> None:
        self.lag: Lag | None = None
        """As it was a moment ago; None while it is not known."""
        self.asked_at = 0.0
        """When that was asked for, on the clock that only goes forward."""
        self._settings = settings
        self._ask = ask or self._find
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lag", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join(GOODBYE_S)

    def _run(self) -> None:
        while True:
            now = time.monotonic()
            try:
                lag = self._ask()
            except ShopfloorError:
                lag = None
            self.lag, self.asked_at = lag, now
            if self._stopped.wait(LAG_EVERY_S):
                return

    def _find(self) -> Lag:
        where = self._settings
        return asyncio.run(find_lag(where.kafka_connection(), where.topics.events, where.database_url()))
