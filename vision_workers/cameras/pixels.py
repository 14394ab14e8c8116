"""Decoded frames become pictures: blue, green and red, upright, and of one moment."""

from typing import cast

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, VideoReformatter
from numpy.typing import NDArray

from vision_workers.frames import Picture

QUARTER_TURN, FULL_TURN = 90, 4


class Pixels:
    """Turns the frames of one source into pictures; it keeps a converter."""

    def __init__(self) -> None:
        self._converter = VideoReformatter()
        self._planes: NDArray[np.uint8] = np.empty((0, 0), np.uint8)
        """Used again for each frame: fresh memory costs more than the copy."""

    def picture(self, frame: av.VideoFrame) -> Picture:
        """Return a frame's picture. Of an interlaced one, whose fields are two moments, the first field is shown."""
        if frame.interlaced_frame:
            field = _from_planes(_field(self._copied(frame))) if _is_planar(frame) else self._converted(frame)[::2]
            picture = np.asarray(cv2.resize(field, (frame.width, frame.height)), np.uint8)
        else:
            picture = _from_planes(self._copied(frame)) if _is_planar(frame) else self._converted(frame)
        turns = round(frame.rotation / QUARTER_TURN) % FULL_TURN
        return np.ascontiguousarray(np.rot90(picture, turns)) if turns else picture

    def _copied(self, frame: av.VideoFrame) -> NDArray[np.uint8]:
        """Return the three planes of a frame as OpenCV takes them, one under the other."""
        width, height = frame.width, frame.height
        if self._planes.shape != (height * 3 // 2, width):
            self._planes = np.empty((height * 3 // 2, width), np.uint8)
        colours = self._planes[height:].reshape(2, height // 2, width // 2)
        for plane, place in zip(frame.planes, (self._planes[:height], *colours), strict=True):
            lines = np.frombuffer(cast("memoryview", plane), np.uint8).reshape(plane.height, plane.line_size)
            place[:] = lines[:, : plane.width]
        return self._planes

    def _converted(self, frame: av.VideoFrame) -> Picture:
        return np.asarray(self._converter.reformat(frame, format="bgr24", threads=1).to_ndarray(), np.uint8)


def _is_planar(frame: av.VideoFrame) -> bool:
    """Tell whether a frame is of the usual kind, which OpenCV converts faster than FFmpeg does."""
    usual = frame.format.name == "yuv420p" and frame.color_range != ColorRange.JPEG
    return usual and frame.width % 2 == 0 and frame.height % 4 == 0


def _from_planes(planes: NDArray[np.uint8]) -> Picture:
    return np.asarray(cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420), np.uint8)


def _field(planes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return every second line of the planes, colours included."""
    height, width = len(planes) * 2 // 3, planes.shape[1]
    colours = planes[height:].reshape(2, height // 2, width // 2)[:, ::2]
    return np.concatenate((planes[:height:2], colours.reshape(-1, width)))
