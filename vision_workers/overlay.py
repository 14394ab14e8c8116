"""A video of what was seen: the layout, the tracks, and everybody made unrecognisable."""

from collections import deque
from datetime import timedelta
from pathlib import Path

import cv2

from event_store.events.event import Box
from event_store.layout.model import Layout
from vision_workers.errors import VisionError
from vision_workers.pictures import blur, draw_layout, draw_tracks
from vision_workers.pipeline import Step

AFTERGLOW = timedelta(seconds=1)
"""Where somebody was stays blurred so long, since a detector misses people for a frame or two."""
SLOWEST_FPS, FASTEST_FPS = 1.0, 60.0


class UnwritableOverlay(VisionError):
    """A video that cannot be written."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"overlay {path} cannot be written; name an .mp4 file in a folder that exists")


class Overlay:
    """Writes the overlay of one camera; at the rate of its first two frames."""

    def __init__(self, path: Path, layout: Layout, camera_id: str, *, blurred: bool = True) -> None:
        self._path, self._layout, self._camera_id, self._blurred = path, layout, camera_id, blurred
        self._writer: cv2.VideoWriter | None = None
        self._waiting: list[Step] = []
        self._recent: deque[tuple[float, Box]] = deque()

    def add(self, step: Step) -> None:
        """Take one frame's step; those without a frame change nothing."""
        if step.result is None or step.result.frame is None:
            return
        self._waiting.append(step)
        if self._writer is None and len(self._waiting) > 1:
            self._open()
        if self._writer is not None:
            self._flush()

    def close(self) -> None:
        """Finish the file."""
        if self._writer is None and self._waiting:
            self._open()
        self._flush()
        if self._writer is not None:
            self._writer.release()

    def _open(self) -> None:
        frames = [step.result.frame for step in self._waiting if step.result and step.result.frame]
        interval_s = (frames[-1].time - frames[0].time).total_seconds()
        fps = min(max(1.0 / interval_s if interval_s else SLOWEST_FPS, SLOWEST_FPS), FASTEST_FPS)
        height, width = frames[0].picture.shape[:2]
        self._size = (width, height)
        codec = cv2.VideoWriter.fourcc(*"mp4v")
        self._writer = cv2.VideoWriter(str(self._path), cv2.CAP_FFMPEG, codec, fps, self._size)
        if not self._writer.isOpened():
            raise UnwritableOverlay(self._path)

    def _flush(self) -> None:
        for step in self._waiting:
            if self._writer is not None:
                self._writer.write(self._drawn(step))
        self._waiting.clear()

    def _drawn(self, step: Step) -> cv2.typing.MatLike:
        result = step.result
        if result is None or result.frame is None:
            raise ValueError("a step without a frame has no picture")
        now = result.time.timestamp()
        self._recent.extend((now, each.box) for each in result.detections)
        while self._recent and now - self._recent[0][0] > AFTERGLOW.total_seconds():
            self._recent.popleft()
        picture = result.frame.picture
        if self._blurred:
            picture = blur(picture, [box for _, box in self._recent])
        drawn = draw_tracks(draw_layout(picture, self._layout, self._camera_id), result.tracks)
        return drawn if drawn.shape[1::-1] == self._size else cv2.resize(drawn, self._size)
