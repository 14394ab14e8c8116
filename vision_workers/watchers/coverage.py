"""How much of each minute a camera's frames cover."""

from datetime import datetime, timedelta

from event_store.events.clock import CameraMinute

MINUTE = timedelta(minutes=1)
LONGEST_GAP = timedelta(seconds=2)
"""A frame speaks for the time until the next one, but for no longer than this: twice the interval of a slow source."""


def minute_of(moment: datetime) -> datetime:
    """Return the beginning of the minute that a moment lies in."""
    return moment.replace(second=0, microsecond=0)


class Coverage:
    """The frames of one camera, by minute, until the minute is reported."""

    def __init__(self, camera_id: str) -> None:
        self._camera_id = camera_id
        self.first_frame: datetime | None = None
        self.last_frame: datetime | None = None
        self._frames: dict[datetime, int] = {}
        self._last_in: dict[datetime, datetime] = {}
        self._covered: dict[datetime, timedelta] = {}

    def add(self, time: datetime) -> None:
        """Take a frame; one that is not later than the last adds nothing."""
        if self.last_frame is not None and time <= self.last_frame:
            return
        if self.last_frame is not None:
            self._cover(self.last_frame, min(time, self.last_frame + LONGEST_GAP))
        minute = minute_of(time)
        self._frames[minute] = self._frames.get(minute, 0) + 1
        self.first_frame = self.first_frame or time
        self.last_frame = self._last_in[minute] = time

    def take(self, minute: datetime) -> CameraMinute | None:
        """Return what the camera delivered in a minute, once; None when that was nothing."""
        frames = self._frames.pop(minute, 0)
        covered = self._covered.pop(minute, timedelta())
        if frames == 0:
            return None
        return CameraMinute(
            camera_id=self._camera_id,
            frames=frames,
            last_frame_at=self._last_in.pop(minute),
            covered_ms=covered // timedelta(milliseconds=1),
        )

    def _cover(self, start: datetime, end: datetime) -> None:
        while start < end:
            minute = minute_of(start)
            until = min(end, minute + MINUTE)
            self._covered[minute] = self._covered.get(minute, timedelta()) + (until - start)
            start = until
