"""Live sources: a webcam, an RTSP or HTTP stream. They never end; they fail and are opened again."""

import threading
from collections.abc import Iterator

from vision_workers.cameras.captures import Capture, open_live, skip_waiting
from vision_workers.cameras.errors import LiveSourceDown
from vision_workers.cameras.moments import Moments
from vision_workers.cameras.rates import RateLimit
from vision_workers.frames import Frame

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
"""Between attempts; doubled each time, so a dead camera costs next to nothing."""
READ_PATIENCE_MS = 5_000


class LiveSource:
    """A camera that is read until told to stop; it is opened again, with growing pauses, whenever it fails."""

    def __init__(self, camera_id: str, source: str, most_per_second: float | None = None) -> None:
        self._camera_id, self._source = camera_id, source
        self._moments, self._limit = Moments(), RateLimit(most_per_second)
        self._number = 0
        self._stopped = threading.Event()
        self.trouble: str | None = None
        """What is wrong now, without address or password; None while frames come."""
        self.left_out = 0
        """Frames that came while nobody had room for them; what the limit leaves out was not wanted."""
        self.wanted = threading.Event()
        """Cleared while nobody has room for a frame: those that come are thrown away undecoded."""
        self.wanted.set()

    def frames(self) -> Iterator[Frame]:
        """Yield frames as they come, until stopped."""
        pause_s = FIRST_PAUSE_S
        while not self._stopped.is_set():
            before = self._number
            try:
                yield from self._connection()
            except LiveSourceDown as problem:
                self.trouble = problem.cause
            pause_s = FIRST_PAUSE_S if self._number > before else min(pause_s * 2, LONGEST_PAUSE_S)
            self._stopped.wait(pause_s)

    def stop(self) -> None:
        """End the frames soon."""
        self._stopped.set()

    def _connection(self) -> Iterator[Frame]:
        capture = open_live(self._source, READ_PATIENCE_MS)
        try:
            skip_waiting(capture)
            while not self._stopped.is_set():
                yield from self._next(capture)
        finally:
            capture.release()

    def _next(self, capture: Capture) -> Iterator[Frame]:
        if not capture.grab():
            raise LiveSourceDown("stopped sending")
        time = self._moments.live()
        if not self._limit.takes(time):
            return
        if not self.wanted.is_set():
            self.left_out += 1
            return
        picture = capture.picture()
        if picture is None:
            raise LiveSourceDown("sends what cannot be decoded")
        self.trouble = None
        yield Frame(camera_id=self._camera_id, number=self._number, time=time, picture=picture)
        self._number += 1
