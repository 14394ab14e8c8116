"""Frame times: in UTC, cut to the millisecond, and never twice the same while the clock goes on."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction

MILLISECOND = timedelta(milliseconds=1)
SET_BACK = timedelta(seconds=10)
"""A clock that is this much behind the last frame was set back. What is less is waited for."""
EPOCH = datetime.fromtimestamp(0, UTC)


class Moments:
    """The times of one source's frames."""

    def __init__(self, start: datetime = EPOCH, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._start, self._now = _cut(start), now
        self._last: datetime | None = None

    def after(self, offset_s: Fraction) -> datetime:
        """Return the time of a recorded frame, by how long after the first frame its own time stamp is."""
        return self._next(self._start + timedelta(milliseconds=int(offset_s * 1000)))

    def live(self) -> datetime:
        """Return the time of a frame that has just come from a camera.

        It is later than that of the last one, unless the clock was set back by more than a camera may be silent.
        """
        now = _cut(self._now())
        if self._last is not None and now < self._last - SET_BACK:
            self._last = None
        return self._next(now)

    def _next(self, time: datetime) -> datetime:
        if self._last is not None and time <= self._last:
            time = self._last + MILLISECOND
        self._last = time
        return time


def _cut(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(microsecond=time.microsecond // 1000 * 1000)
