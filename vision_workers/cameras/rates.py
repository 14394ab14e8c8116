"""How many frames of a camera are looked at, where a layout says that fewer are enough than come."""

from datetime import datetime


class RateLimit:
    """Takes at most so many frames a second, evenly in frame time: of each period the one that comes first.

    Periods are counted from the first frame, which lies in the middle of one, so a camera that sends no more than the
    limit loses nothing, however its time stamps are rounded. A recording is limited alike each time it is read.
    """

    def __init__(self, most_per_second: float | None) -> None:
        self._rate = most_per_second
        self._first: datetime | None = None
        self._period = -1

    def takes(self, time: datetime) -> bool:
        """Tell whether a frame of that time is to be looked at."""
        if self._rate is None:
            return True
        if self._first is None or time < self._first:  # a clock that was set back begins anew
            self._first, self._period = time, -1
        period = int((time - self._first).total_seconds() * self._rate + 0.5)
        if period == self._period:
            return False
        self._period = period
        return True
