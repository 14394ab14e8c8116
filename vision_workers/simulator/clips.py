"""Clips of the simulator: H.264, small, and with the same bytes for the same pictures."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

import av
import cv2
import numpy as np
from av.video.stream import VideoStream

from vision_workers.frames import Picture
from vision_workers.simulator.errors import ClipUnwritable

CODEC = "libx264"
OPTIONS = {"preset": "medium", "crf": "23", "x264-params": "threads=1:lookahead-threads=1:deterministic=1:asm=0"}
"""Slowly, in one thread: faster ways put the same pictures into different bytes."""


def write_clip(clip: Path, pictures: Iterable[Picture], fps: int, size: tuple[int, int]) -> Iterator[int]:
    """Write a clip of pictures of one size; yield how many there are after each. Raises `ClipUnwritable`."""
    try:
        container = av.open(str(clip), "w", options={"movflags": "faststart"})
        stream = cast("VideoStream", container.add_stream(CODEC, rate=fps, options=OPTIONS))
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.codec_context.thread_count = 1
        container.start_encoding()
    except (av.FFmpegError, OSError) as problem:
        raise ClipUnwritable(clip) from problem
    with container:
        for number, picture in enumerate(pictures, 1):
            planes = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(planes, format="yuv420p")))
            yield number
        container.mux(stream.encode(None))
