"""How far a replay is, on stderr."""

import sys
import time

from event_store.replay import Entry
from event_store.replaying.state import Standing
from event_store.serialization import timestamp

EVERY_S = 2.0


class ReplayProgress:
    """Says where it begins, now and then how far it is, and how it ended; stdout stays free for records."""

    def __init__(self, standing: Standing, *, is_left: bool) -> None:
        self._began = self._said = time.monotonic()
        self._before = standing.played
        self._whole = max(_left(standing), 1)
        if is_left:
            self._write(f"going on behind {standing.played} records that were played before; --again starts anew")

    def show(self, last: Entry, played: int, standing: Standing) -> None:
        """Take a step."""
        now = time.monotonic()
        if now - self._said >= EVERY_S:
            self._said = now
            share = 1 - _left(standing) / self._whole
            self._write(f"{timestamp(last.recorded_at)}: {self._told(played, now)}, {share:.0%}")

    def finish(self, standing: Standing) -> None:
        """Say how it ended."""
        self._write(f"done: {self._told(standing.played, time.monotonic())}")

    def _told(self, played: int, now: float) -> str:
        rate = (played - self._before) / max(now - self._began, 1e-3)
        return f"{played} records ({rate:.0f} a second)"

    @staticmethod
    def _write(text: str) -> None:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def _left(standing: Standing) -> int:
    return sum(leg.end - leg.start for leg in standing.legs.values())
