"""A video of what was seen: the layout, the tracks, what was counted, and everybody made unrecognisable."""

from collections import Counter, deque
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import cv2
import msgspec
import numpy as np
from av.container import OutputContainer
from av.video.stream import VideoStream

from event_store.events.event import Box
from event_store.events.lines import LineCrossed
from event_store.events.visits import ShopperEntered, ShopperExited
from event_store.layout.model import Layout
from vision_workers.errors import VisionError
from vision_workers.frames import Picture, Track
from vision_workers.pictures import blur, draw_caption, draw_layout, draw_tracks
from vision_workers.pipeline import Step

BEFORE, AFTER = timedelta(seconds=0.5), timedelta(seconds=1)
"""So long before and after somebody is detected they are blurred there: detectors miss who is only half in sight."""
MOST_WAITING = 30
"""Frames that wait for what is detected after them."""
EDGE = 0.05
"""A box that comes so near to the picture's edge is blurred up to it: the rest of a person is there."""
LONGEST_PAUSE = timedelta(seconds=2)
"""A pause between frames is shown no longer than this."""
TICKS = 1_000
"""A second."""
CODEC, OPTIONS = "libx264", {"preset": "veryfast", "crf": "23"}
"""What every browser and player shows."""


class UnwritableOverlay(VisionError):
    """A video that cannot be written."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"overlay {path} cannot be written ({why}); name an .mp4 file in a folder that exists")


class _Shown(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A frame that waits to be written."""

    time: datetime
    picture: Picture
    tracks: tuple[Track, ...]
    caption: str


class Overlay:
    """Writes the overlay of one camera, each frame for as long as it lasted."""

    def __init__(self, path: Path, layout: Layout, camera_id: str, *, blurred: bool = True) -> None:
        """Raise `UnwritableOverlay`, before anything is watched in vain."""
        self._path, self._layout, self._camera_id, self._blurred = path, layout, camera_id, blurred
        try:
            container = av.open(str(path), "w", options={"movflags": "faststart"})
            self._stream = cast("VideoStream", container.add_stream(CODEC, options=OPTIONS))
        except (av.FFmpegError, ValueError, OSError) as problem:
            raise self._unwritable(problem) from problem
        self._container: OutputContainer = container
        self._waiting: deque[_Shown] = deque()
        self._boxes: deque[tuple[datetime, Box]] = deque()
        self._counted: Counter[str] = Counter()
        self._last: datetime | None = None
        self._ticks = 0

    def add(self, step: Step) -> None:
        """Take one frame's step; those without a frame show nothing of their own."""
        self._counted.update(word for fact in step.facts if (word := _counted(fact.event)) is not None)
        if step.result is None or step.result.frame is None:
            return
        result, now = step.result, step.result.time
        self._boxes.extend((now, _up_to_the_edge(each.box)) for each in result.detections)
        self._waiting.append(
            _Shown(time=now, picture=step.result.frame.picture, tracks=result.tracks, caption=self._caption(now))
        )
        while self._waiting and (now - self._waiting[0].time >= BEFORE or len(self._waiting) > MOST_WAITING):
            self._write(self._waiting.popleft())

    def close(self) -> None:
        """Finish the file."""
        while self._waiting:
            self._write(self._waiting.popleft())
        try:
            if self._last is not None:
                self._container.mux(self._stream.encode(None))
            self._container.close()
        except (av.FFmpegError, ValueError, OSError) as problem:
            raise self._unwritable(problem) from problem

    def _caption(self, now: datetime) -> str:
        has_door = any(door.camera == self._camera_id for door in self._layout.door)
        people = [f"{self._counted['entered']} entered", f"{self._counted['left']} left"] if has_door else []
        lines = [
            f"line {line.id} {self._counted[f'{line.id} in']} in {self._counted[f'{line.id} out']} out"
            for line in self._layout.line
            if line.camera == self._camera_id
        ]
        return "  ".join([f"{now:%H:%M:%S}", ", ".join([*people, *lines])])

    def _write(self, shown: _Shown) -> None:
        while self._boxes and shown.time - self._boxes[0][0] > AFTER:
            self._boxes.popleft()
        picture = shown.picture
        if self._blurred:
            picture = blur(picture, [box for _, box in self._boxes])
        drawn = draw_tracks(draw_layout(picture, self._layout, self._camera_id), shown.tracks)
        draw_caption(drawn, shown.caption)
        try:
            self._encode(drawn, shown.time)
        except (av.FFmpegError, ValueError, OSError) as problem:
            raise self._unwritable(problem) from problem

    def _encode(self, drawn: Picture, time: datetime) -> None:
        if self._last is None:
            self._begin(drawn)
        else:
            self._ticks += max(1, round(min(time - self._last, LONGEST_PAUSE).total_seconds() * TICKS))
        self._last = time
        size = (self._stream.width, self._stream.height)
        fitting = drawn if drawn.shape[1::-1] == size else np.asarray(cv2.resize(drawn, size), np.uint8)
        frame = av.VideoFrame.from_ndarray(fitting, format="bgr24")
        frame.pts, frame.time_base = self._ticks, Fraction(1, TICKS)
        self._container.mux(self._stream.encode(frame))

    def _begin(self, drawn: Picture) -> None:
        height, width = drawn.shape[:2]
        stream = self._stream
        stream.width, stream.height = width + width % 2, height + height % 2  # colours are shared by two by two pixels
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = stream.time_base = Fraction(1, TICKS)

    def _unwritable(self, problem: Exception) -> UnwritableOverlay:
        return UnwritableOverlay(self._path, getattr(problem, "strerror", None) or str(problem) or "no room")


def _counted(event: object) -> str | None:
    match event:
        case ShopperEntered():
            return "entered"
        case ShopperExited(reason="left"):
            return "left"
        case LineCrossed(line_id=line, direction=direction):
            return f"{line} {direction}"
        case _:
            return None


def _up_to_the_edge(box: Box) -> Box:
    return Box(
        x0=0.0 if box.x0 < EDGE else box.x0,
        y0=0.0 if box.y0 < EDGE else box.y0,
        x1=1.0 if box.x1 > 1 - EDGE else box.x1,
        y1=1.0 if box.y1 > 1 - EDGE else box.y1,
    )
