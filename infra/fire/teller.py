"""`python -m infra.fire.teller`: a worker's spool, drain and sink, fed with a story instead of cameras.

Started again it tells its story from the first fact, and the spool drops what it had. SIGTERM ends it once everything
went out; SIGUSR1 fills its disk, SIGUSR2 makes room again.
"""

import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from event_store.envelope import Envelope
from infra.fire.story import tell
from infra.settings import load
from infra.sinks import sink_of
from vision_workers.pipeline import Step
from vision_workers.spool.drain import Drain
from vision_workers.spool.spool import Spool
from vision_workers.worker.outlet import SpoolOutlet

SPOOL_BYTES = 1_500_000
"""Small, so that an outage fills it."""
GOODBYE_S = 60.0
NO_ROOM_PAUSE_S = 0.05
PAGES_WITHOUT_END = 2**30


class Disk:
    """The disk of a spool, as far as a signal can fill it: SQLite then says what it says when a real one is full."""

    def __init__(self, spool: Spool) -> None:
        self._spool, self._full, self._wanted = spool, False, False
        signal.signal(signal.SIGUSR1, lambda *_: self._want(full=True))
        signal.signal(signal.SIGUSR2, lambda *_: self._want(full=False))

    def _want(self, *, full: bool) -> None:
        self._wanted = full

    def settle(self) -> None:
        """Do what the last signal asked for, from another thread than the one that may wait for room."""
        if self._wanted is not self._full:
            self._full = self._wanted
            with self._spool.database.transaction() as file:
                file.execute(f"PRAGMA max_page_count = {1 if self._full else PAGES_WITHOUT_END}")


def spool_path(data: Path, name: str) -> Path:
    """Return where a teller's spool is."""
    return data / "spool" / f"{name}.sqlite"


def main(name: str, seed: int, facts_a_second: float, stores: list[str]) -> int:
    """Tell until told to stop; 0 when everything went out."""
    settings, asked, stop = load(), threading.Event(), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: asked.set())
    with Spool(spool_path(settings.data, name), SPOOL_BYTES) as spool:
        drain = Drain(spool, sink_of(settings))
        outlet = SpoolOutlet(spool, drain, name, stop.is_set)
        disk = Disk(spool)
        threading.Thread(target=tend, args=(disk, asked, stop), daemon=True).start()
        drain.start()
        _tell(outlet, [tell(store, seed) for store in stores], 1 / facts_a_second, stop)
        deadline = time.monotonic() + GOODBYE_S
        while spool.waiting_records and time.monotonic() < deadline:
            outlet.check()
            time.sleep(NO_ROOM_PAUSE_S)
        return 0 if drain.stop(1.0) else 1


def tend(disk: Disk, asked: threading.Event, stop: threading.Event) -> None:
    """Fill the disk and empty it as signals say, and stop behind them: who is told to stop has the room made before."""
    while not stop.is_set():
        is_asked = asked.wait(0.1)
        disk.settle()
        if is_asked:
            stop.set()


def _tell(outlet: SpoolOutlet, stories: list[Iterator[Envelope]], pause_s: float, stop: threading.Event) -> None:
    due = time.monotonic()
    while not stop.is_set():
        for story in stories:
            envelope = next(story)
            while not outlet.spool.is_new(envelope):
                envelope = next(story)
            while not outlet.has_room() and not stop.is_set():
                time.sleep(NO_ROOM_PAUSE_S)
            outlet.put(Step(source=envelope.source, key=envelope.key, time=None, facts=(envelope,)))
            due += pause_s
            time.sleep(max(0.0, due - time.monotonic()))
        due = max(due, time.monotonic() - 1.0)


def run(words: list[str]) -> int:
    """Tell as the words say."""
    return main(words[0], int(words[1]), float(words[2]), words[3:])


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
