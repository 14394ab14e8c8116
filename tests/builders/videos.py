"""Videos as cameras and recorders write them: any codec, interlaced, variable in time, damaged or cut."""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.stream import VideoStream

from tests.builders.films import Walker, scene
from vision_workers.frames import Picture

HEADER_BYTES = 12
"""Where containers have a header before a packet, its place begins there."""
MILLISECONDS = Fraction(1, 1000)
GROUP = 10
"""Frames from one key frame to the next."""
WALKER = (Walker(begins_s=0, ends_s=4),)


def walk(count: int = 40, fps: float = 10.0) -> list[Picture]:
    """Return pictures of somebody who walks through them."""
    return [scene(number / fps, WALKER) for number in range(count)]


def combed(count: int = 40, fps: float = 10.0) -> list[Picture]:
    """Return the same as an interlaced camera takes it: every second line half a frame later."""
    pictures = walk(count, fps)
    for number, picture in enumerate(pictures):
        picture[1::2] = scene((number + 0.5) / fps, WALKER)[1::2]
    return pictures


def video(  # noqa: PLR0913 - each says one thing about the file
    path: Path,
    pictures: Sequence[Picture],
    codec: str = "libx264",
    *,
    fps: int = 10,
    at_ms: Iterable[int] | None = None,
    options: dict[str, str] | None = None,
    container: dict[str, str] | None = None,
    pixels: str = "yuv420p",
    keep: Callable[[int], bool] = lambda _: True,
) -> Path:
    """Write a video and return its path. `at_ms` are its time stamps; packets that are not kept are left out."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", options=container or {}) as out:
        stream = out.add_stream(codec, rate=fps, options={"g": str(GROUP), "bf": "0", **(options or {})})
        assert isinstance(stream, VideoStream)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = pixels
        stream.codec_context.time_base = MILLISECONDS if at_ms is not None else Fraction(1, fps)
        times = list(at_ms) if at_ms is not None else list(range(len(pictures)))
        packets: list[av.Packet[VideoStream]] = []
        for picture, time in zip(pictures, times, strict=True):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts = time
            packets += stream.encode(frame)
        packets += stream.encode(None)
        for number, packet in enumerate(packets):
            if keep(number):
                out.mux(packet)
    return path


def packets_of(path: Path) -> list[tuple[int, int]]:
    """Return where in the file each packet of a video lies, and how long it is."""
    with av.open(str(path)) as container:
        return [(packet.pos or 0, packet.size) for packet in container.demux(video=0) if packet.size]


def damage(path: Path, *numbers: int) -> Path:
    """Write nonsense over some packets."""
    content, places = bytearray(path.read_bytes()), packets_of(path)
    for number in numbers:
        at, size = places[number]
        content[at + HEADER_BYTES : at + size] = b"\xff" * (size - HEADER_BYTES)
    path.write_bytes(content)
    return path


def redness(picture: Picture) -> int:
    """Return how many pixels are red."""
    blue, green, red = (picture[..., channel].astype(np.int16) for channel in range(3))
    return int(np.count_nonzero((red > 150) & (blue < 90) & (green < 90)))


def middle(picture: Picture) -> float:
    """Return where in the picture, from left to right, the red person is."""
    red = picture[..., 2].astype(np.int16) - picture[..., 0] > 100
    return float(np.flatnonzero(red.any(axis=0)).mean())
